/** Invites a person: name, role, then a one-time link to copy. */
import { Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "@/api/client";
import { queryClient } from "@/api/queries";
import type { Role } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { fieldMessage } from "@/common/field-errors";
import { SidePanel } from "@/common/SidePanel";
import { LinkCard } from "./LinkCard";
import { RoleSelect } from "./RoleSelect";

export function InvitePanel({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const invite = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/users", { body: { name: name.trim(), role } })),
    onSuccess: () => {
      setName("");
      return queryClient.invalidateQueries({ queryKey: ["users"] });
    },
  });
  const close = () => {
    invite.reset();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  const isFieldError = invite.error instanceof ApiError && invite.error.fields.length > 0;
  return (
    <SidePanel opened={opened} onClose={close} title={t("people.invite_title")}>
      <Stack>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label={t("people.name")}
              autoComplete="off"
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              error={fieldMessage(invite.error, "/name")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <RoleSelect value={role} onChange={setRole} />
            {invite.error === null || isFieldError ? null : <ErrorBox error={invite.error} />}
            <Button type="submit" loading={invite.isPending} disabled={name.trim() === ""}>
              {t("people.create_link")}
            </Button>
          </Stack>
        </form>
        {invite.data === undefined ? null : (
          <LinkCard link={invite.data.link} expiresMs={invite.data.expires_ms} />
        )}
      </Stack>
    </SidePanel>
  );
}
