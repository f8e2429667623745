/** A one-time link: choose name and password. The token stays in the fragment, so no log has it. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useRouter, useRouterState } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { ErrorBox } from "@/common/ErrorBox";
import { fieldMessage } from "@/common/field-errors";
import { Loading } from "@/common/Loading";
import { isLongEnough, PasswordHint } from "@/common/PasswordHint";
import { WithCode } from "@/common/WithCode";
import { useFormat } from "@/design/use-format";
import { EntranceFrame } from "./EntranceFrame";
import { useEnter } from "./use-enter";

export function WelcomePage() {
  const { t } = useTranslation("entrance");
  const token = useRouterState({ select: (state) => state.location.hash }).replace(/^#/, "");
  const link = useQuery({
    queryKey: ["link", token],
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/links/{token}", { params: { path: { token } }, signal })),
  });
  const isGone = link.error instanceof ApiError && link.error.status === 404;
  if (token === "" || isGone) {
    return <LinkGone />;
  }
  if (link.data === undefined) {
    return (
      <EntranceFrame title={t("welcome.title")}>
        {link.error === null ? (
          <Loading rows={3} />
        ) : (
          <ErrorBox error={link.error} onRetry={() => void link.refetch()} />
        )}
      </EntranceFrame>
    );
  }
  return <WelcomeForm token={token} link={link.data} />;
}

function LinkGone() {
  const { t } = useTranslation("entrance");
  return (
    <EntranceFrame title={t("link_gone.title")}>
      <Text size="sm">{t("link_gone.text")}</Text>
      <Text size="sm" c="dimmed">
        <WithCode text={t("link_gone.owner")} />
      </Text>
      <Button component={Link} to="/sign-in" variant="default" size="sm">
        {t("link_gone.sign_in")}
      </Button>
    </EntranceFrame>
  );
}

function WelcomeForm({ token, link }: { token: string; link: Schemas["Link"] }) {
  const { t } = useTranslation("entrance");
  const { t: common } = useTranslation();
  const format = useFormat();
  const router = useRouter();
  const enter = useEnter();
  const [name, setName] = useState(link.name ?? "");
  const [password, setPassword] = useState("");
  const use = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/links/{token}", {
          params: { path: { token } },
          body: { name, password },
        }),
      ),
    onSuccess: (session) => {
      enter(session);
      router.history.replace("/");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    use.mutate();
  };
  return (
    <EntranceFrame title={t(`welcome.purpose.${link.purpose}`)}>
      <Text size="sm" c="dimmed">
        {t("welcome.role", {
          role: common(`role.${link.role}`),
          until: format.time(link.expires_ms, "minute"),
        })}
      </Text>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <UseProblem error={use.error} />
          <TextInput
            label={t("name")}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            required
            withAsterisk={false}
            readOnly={link.purpose === "reset"}
            value={name}
            error={fieldMessage(use.error, "/name")}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NewPassword value={password} error={use.error} onChange={setPassword} />
          <Button
            type="submit"
            size="sm"
            loading={use.isPending}
            disabled={name.trim() === "" || !isLongEnough(password)}
          >
            {t("welcome.submit")}
          </Button>
        </Stack>
      </form>
    </EntranceFrame>
  );
}

interface NewPasswordProps {
  value: string;
  error: Error | null;
  onChange: (value: string) => void;
}

function NewPassword({ value, error, onChange }: NewPasswordProps) {
  const { t } = useTranslation("entrance");
  return (
    <>
      <PasswordInput
        label={t("new_password")}
        name="password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        visibilityToggleButtonProps={{ "aria-label": t("show_password") }}
        value={value}
        error={fieldMessage(error, "/password")}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <PasswordHint password={value} />
    </>
  );
}

function UseProblem({ error }: { error: Error | null }) {
  const { t } = useTranslation("entrance");
  if (error === null || (error instanceof ApiError && error.fields.length > 0)) {
    return null;
  }
  return error instanceof ApiError && error.status === 404 ? (
    <Alert color="red" role="alert">
      {t("link_gone.text")}
    </Alert>
  ) : (
    <ErrorBox error={error} />
  );
}
