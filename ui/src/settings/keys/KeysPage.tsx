/** Keys for programs: intake keys send data, API keys ask. Editors see them, owners change them. */
import { Badge, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { useMay } from "@/api/session";
import { ConfirmButton } from "@/common/ConfirmButton";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SettingsPage } from "../SettingsPage";
import { useNotice } from "../use-notice";
import { CreateKeyPanel } from "./CreateKeyPanel";
import { useKeyColumns } from "./key-columns";

export type Key = Schemas["Key"];

export default function KeysPage() {
  const { t } = useTranslation("settings");
  const mayList = useMay("editor");
  const isOwner = useMay("owner");
  const [isCreating, create] = useDisclosure(false);
  const [shown, setShown] = useState("active");
  const keys = useQuery({
    queryKey: ["keys"],
    enabled: mayList,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/keys", { signal })),
  });
  const columns = useKeyColumns((key) => <KeyState apiKey={key} mayRevoke={isOwner} />);
  const createButton = (
    <Button
      leftSection={<IconKey size={16} aria-hidden />}
      disabled={!isOwner}
      onClick={create.open}
    >
      {t("keys.create")}
    </Button>
  );
  return (
    <SettingsPage area="keys" actions={createButton}>
      {isOwner ? null : (
        <Text size="sm" c="dimmed">
          {t("keys.owner_only")}
        </Text>
      )}
      <QueryBoundary query={keys}>
        {(all) => (
          <DataTable
            label={t("keys.list")}
            rows={all.filter((key) => shown === "all" || key.revoked_ms == null)}
            columns={columns}
            rowKey={(key) => key.id}
            initialSort={{ key: "created", descending: true }}
            csvName="keys"
            empty={<EmptyState title={t("keys.empty")} text={t("keys.empty_text")} />}
            toolbar={
              <SegmentedControl
                size="xs"
                aria-label={t("keys.shown")}
                value={shown}
                onChange={setShown}
                data={[
                  { value: "active", label: t("keys.active") },
                  { value: "all", label: t("keys.all") },
                ]}
              />
            }
          />
        )}
      </QueryBoundary>
      <CreateKeyPanel opened={isCreating} onClose={create.close} />
    </SettingsPage>
  );
}

function KeyState({ apiKey, mayRevoke }: { apiKey: Key; mayRevoke: boolean }) {
  const { t } = useTranslation("settings");
  const notice = useNotice();
  const revoke = useMutation({
    mutationFn: () =>
      answer(api.DELETE("/api/v1/keys/{id}", { params: { path: { id: apiKey.id } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["keys"] });
      notice.done(t("keys.revoked_notice", { name: apiKey.name }));
    },
    onError: notice.failed,
  });
  if (apiKey.revoked_ms != null) {
    return (
      <Badge color="gray" variant="light" size="sm">
        {t("keys.revoked")}
      </Badge>
    );
  }
  return mayRevoke ? (
    <Group gap={0} justify="flex-end" h={33}>
      <ConfirmButton
        size="compact-xs"
        loading={revoke.isPending}
        label={t("keys.revoke")}
        title={t("keys.revoke_title", { name: apiKey.name })}
        text={t("keys.revoke_text")}
        confirmLabel={t("keys.revoke")}
        onConfirm={() => revoke.mutate()}
      />
    </Group>
  ) : null;
}
