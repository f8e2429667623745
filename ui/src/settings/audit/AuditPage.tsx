/** Who did what (owners), newest first; older entries are loaded on demand. */
import { Button, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { SettingsPage } from "../SettingsPage";

type Entry = Schemas["AuditEntry"];
const PAGE_ENTRIES = 100;

export default function AuditPage() {
  return (
    <SettingsPage area="audit">
      <AuditList />
    </SettingsPage>
  );
}

function useAudit() {
  return useInfiniteQuery({
    queryKey: ["audit"],
    enabled: useMay("owner"),
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = {
        limit: PAGE_ENTRIES,
        ...(pageParam === undefined ? {} : { before_id: pageParam }),
      };
      return (await answer(api.GET("/api/v1/audit", { params: { query }, signal }))).entries;
    },
    getNextPageParam: (page) => (page.length < PAGE_ENTRIES ? undefined : page.at(-1)?.id),
  });
}

function AuditList() {
  const { t } = useTranslation("settings");
  const audit = useAudit();
  const columns = useColumns();
  const [opened, setOpened] = useState<Entry>();
  if (audit.data === undefined) {
    return audit.error === null ? (
      <Loading />
    ) : (
      <ErrorBox error={audit.error} onRetry={() => void audit.refetch()} />
    );
  }
  return (
    <Stack gap="xs" align="stretch">
      <DataTable
        label={t("audit.list")}
        rows={audit.data.pages.flat()}
        columns={columns}
        rowKey={(entry) => String(entry.id)}
        onOpen={setOpened}
        openedKey={opened === undefined ? undefined : String(opened.id)}
        initialSort={{ key: "time", descending: true }}
        csvName="audit"
        height="fill"
        empty={<EmptyState title={t("audit.empty")} />}
      />
      {audit.hasNextPage ? (
        <Button
          variant="default"
          style={{ alignSelf: "center" }}
          loading={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          {t("audit.older")}
        </Button>
      ) : null}
      <SidePanel
        opened={opened !== undefined}
        title={opened?.action ?? ""}
        onClose={() => setOpened(undefined)}
      >
        <CodeBlock code={JSON.stringify(opened, null, 2) ?? ""} label={t("audit.detail")} />
      </SidePanel>
    </Stack>
  );
}

function useColumns(): Column<Entry>[] {
  const { t } = useTranslation("settings");
  const format = useFormat();
  return [
    {
      key: "time",
      header: t("audit.time"),
      width: 170,
      value: (entry) => entry.time_ms,
      cell: (entry) => format.time(entry.time_ms),
    },
    { key: "actor", header: t("audit.actor"), width: 120, grow: 1, value: (entry) => entry.actor },
    {
      key: "action",
      header: t("audit.action"),
      width: 150,
      grow: 1,
      value: (entry) => entry.action,
    },
    {
      key: "subject",
      header: t("audit.subject"),
      width: 180,
      grow: 2,
      value: (entry) => entry.subject,
    },
    {
      key: "detail",
      header: t("audit.detail"),
      width: 200,
      grow: 3,
      sortable: false,
      value: (entry) => JSON.stringify(entry.detail),
    },
  ];
}
