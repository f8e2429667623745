/** Name and password; before the first owner exists, how to create one. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { WithCode } from "@/common/WithCode";
import { EntranceFrame } from "./EntranceFrame";
import { safeNext } from "./next-place";
import { useEnter } from "./use-enter";

export function SignInPage() {
  const { t } = useTranslation("entrance");
  const { data: session, error, refetch } = useQuery(sessionQuery);
  if (session === undefined) {
    return (
      <EntranceFrame title={t("sign_in.title")}>
        {error === null ? (
          <Loading rows={3} />
        ) : (
          <ErrorBox error={error} onRetry={() => void refetch()} />
        )}
      </EntranceFrame>
    );
  }
  return session.setup_done ? <SignInForm /> : <FirstRun />;
}

function FirstRun() {
  const { t } = useTranslation("entrance");
  return (
    <EntranceFrame title={t("first_run.title")}>
      <Text size="sm">{t("first_run.text")}</Text>
      <Text size="sm" ff="monospace" className="card wrap-anywhere">
        {`${window.location.origin}/welcome#…`}
      </Text>
      <Text size="sm" c="dimmed">
        <WithCode text={t("first_run.again")} />
      </Text>
    </EntranceFrame>
  );
}

function SignInForm() {
  const { t } = useTranslation("entrance");
  const router = useRouter();
  const { next } = useSearch({ from: "/sign-in" });
  const enter = useEnter();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/session", { body: { name, password } })),
    onSuccess: (session) => {
      enter(session);
      router.history.push(safeNext(next));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <EntranceFrame title={t("sign_in.title")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <SignInProblem error={signIn.error} />
          <TextInput
            label={t("name")}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            required
            withAsterisk={false}
            autoFocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ "aria-label": t("show_password") }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="sm" mt="xs" loading={signIn.isPending}>
            {t("sign_in.submit")}
          </Button>
        </Stack>
      </form>
      <Text size="xs" c="dimmed">
        {t("sign_in.forgotten")}
      </Text>
    </EntranceFrame>
  );
}

function SignInProblem({ error }: { error: Error | null }) {
  const { t } = useTranslation("entrance");
  if (error === null) {
    return null;
  }
  if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 429)) {
    return <ErrorBox error={error} />;
  }
  return (
    <Alert color="red" role="alert">
      {error.status === 401
        ? t("sign_in.wrong")
        : t("sign_in.too_many", { count: error.retryAfterSeconds ?? 60 })}
    </Alert>
  );
}
