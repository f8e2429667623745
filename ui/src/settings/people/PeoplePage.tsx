/** Who may sign in, and with which role (owners). */
import { Badge, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { type Column, DataTable } from "@/common/DataTable";
import { QueryBoundary } from "@/common/QueryBoundary";
import { type Formats, useFormat } from "@/design/use-format";
import { SettingsPage } from "../SettingsPage";
import { InvitePanel } from "./InvitePanel";
import { PersonPanel } from "./PersonPanel";

export type User = Schemas["User"];

export default function PeoplePage() {
  const { t } = useTranslation("settings");
  const isOwner = useMay("owner");
  const [isInviting, invite] = useDisclosure(false);
  const [openedId, setOpenedId] = useState<string>();
  const people = useQuery({
    queryKey: ["users"],
    enabled: isOwner,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/users", { signal })),
  });
  const opened = people.data?.find((user) => user.id === openedId);
  const columns = useColumns();
  return (
    <SettingsPage
      area="people"
      actions={
        <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={invite.open}>
          {t("people.invite")}
        </Button>
      }
    >
      <QueryBoundary query={people}>
        {(users) => (
          <DataTable
            label={t("people.list")}
            rows={users}
            columns={columns}
            rowKey={(user) => user.id}
            onOpen={(user) => setOpenedId(user.id)}
            openedKey={openedId}
            initialSort={{ key: "name", descending: false }}
            csvName="people"
          />
        )}
      </QueryBoundary>
      <InvitePanel opened={isInviting} onClose={invite.close} />
      {opened === undefined ? null : (
        <PersonPanel key={opened.id} user={opened} onClose={() => setOpenedId(undefined)} />
      )}
    </SettingsPage>
  );
}

function useColumns(): Column<User>[] {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format: Formats = useFormat();
  return [
    {
      key: "name",
      header: t("people.name"),
      grow: 2,
      value: (user) => user.name,
      cell: (user) => (
        <Group gap="xs" wrap="nowrap" component="span">
          {user.name}
          {user.disabled ? (
            <Badge color="gray" variant="light" size="sm">
              {t("people.disabled")}
            </Badge>
          ) : null}
        </Group>
      ),
    },
    {
      key: "role",
      header: t("people.role"),
      value: (user) => user.role,
      cell: (user) => common(`role.${user.role}`),
      grow: 1,
    },
    {
      key: "last_seen",
      header: t("people.last_seen"),
      value: (user) => user.last_seen_ms,
      cell: (user) =>
        user.last_seen_ms == null ? t("people.never") : format.ago(user.last_seen_ms),
      grow: 1,
    },
    {
      key: "created",
      header: t("people.created"),
      value: (user) => user.created_ms,
      cell: (user) => format.time(user.created_ms, "day"),
      grow: 1,
    },
  ];
}
