/** One person: role, a new password link, disabling. */
import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { useUser } from "@/api/session";
import { ConfirmButton } from "@/common/ConfirmButton";
import { ErrorBox } from "@/common/ErrorBox";
import { SidePanel } from "@/common/SidePanel";
import { useNotice } from "../use-notice";
import { LinkCard } from "./LinkCard";
import type { User } from "./PeoplePage";
import { RoleSelect } from "./RoleSelect";

export function PersonPanel({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const notice = useNotice();
  const isSelf = useUser()?.id === user.id;
  const change = useMutation({
    mutationFn: (body: Schemas["UserChange"]) =>
      answer(api.PATCH("/api/v1/users/{id}", { params: { path: { id: user.id } }, body })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["users"] });
      notice.done(t("people.changed"));
    },
  });
  const link = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/v1/users/{id}/link", { params: { path: { id: user.id } } })),
  });
  return (
    <SidePanel opened title={user.name} onClose={onClose}>
      <Stack>
        <ChangeProblem error={change.error} />
        <RoleSelect value={user.role} onChange={(role) => change.mutate({ role })} />
        {isSelf ? <Text size="sm">{t("people.self")}</Text> : null}
        <Button variant="default" loading={link.isPending} onClick={() => link.mutate()}>
          {t("people.new_link")}
        </Button>
        {link.error === null ? null : <ErrorBox error={link.error} />}
        {link.data === undefined ? null : (
          <LinkCard link={link.data.link} expiresMs={link.data.expires_ms} />
        )}
        {user.disabled ? (
          <Button variant="default" onClick={() => change.mutate({ disabled: false })}>
            {t("people.enable")}
          </Button>
        ) : (
          <ConfirmButton
            label={t("people.disable")}
            title={t("people.disable_title", { name: user.name })}
            text={t("people.disable_text")}
            confirmLabel={t("people.disable")}
            onConfirm={() => change.mutate({ disabled: true })}
          />
        )}
      </Stack>
    </SidePanel>
  );
}

function ChangeProblem({ error }: { error: Error | null }) {
  const { t } = useTranslation("settings");
  if (error === null) {
    return null;
  }
  return error instanceof ApiError && error.status === 409 ? (
    <Text size="sm" c="red" role="alert">
      {t("people.last_owner")}
    </Text>
  ) : (
    <ErrorBox error={error} />
  );
}
