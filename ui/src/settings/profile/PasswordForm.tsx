/** A new password, after the present one. */
import { Button, PasswordInput, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "@/api/client";
import { useUser } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { fieldMessage } from "@/common/field-errors";
import { isLongEnough, PasswordHint } from "@/common/PasswordHint";
import { useNotice } from "../use-notice";

export function PasswordForm() {
  const { t } = useTranslation("settings");
  const notice = useNotice();
  const user = useUser();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/users/me/password", {
          body: { current_password: current, new_password: next },
        }),
      ),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      notice.done(t("password.changed"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const toggle = { "aria-label": t("password.show") };
  const isWrong = change.error instanceof ApiError && change.error.status === 401;
  const isFieldError = change.error instanceof ApiError && change.error.fields.length > 0;
  return (
    <form className="card" onSubmit={submit}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {t("password.title")}
        </Title>
        {change.error === null || isFieldError || isWrong ? null : (
          <ErrorBox error={change.error} />
        )}
        <input type="hidden" name="username" autoComplete="username" value={user?.name ?? ""} />
        <PasswordInput
          label={t("password.current")}
          autoComplete="current-password"
          visibilityToggleButtonProps={toggle}
          value={current}
          error={isWrong ? t("password.wrong") : fieldMessage(change.error, "/current_password")}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("password.new")}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          value={next}
          error={fieldMessage(change.error, "/new_password")}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordHint password={next} />
        <Button
          type="submit"
          style={{ alignSelf: "flex-start" }}
          loading={change.isPending}
          disabled={current === "" || !isLongEnough(next)}
        >
          {t("password.submit")}
        </Button>
      </Stack>
    </form>
  );
}
