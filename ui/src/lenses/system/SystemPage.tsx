/** How the server itself does: intake, memory, disk, tables, losses. */
import { Badge, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { statusQuery } from "@/api/queries";
import { type Fact, FactList } from "@/common/FactList";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import { Datadog } from "./Datadog";
import { IntakeTable } from "./IntakeTable";
import { Losses } from "./Losses";
import { OwnCharts } from "./OwnCharts";
import { TablesTable } from "./TablesTable";
import { UsageCard } from "./UsageCard";

const POLL_MS = 5000;
/** Rates need two reads: the second one comes soon. */
const FIRST_POLL_MS = 1500;
type Status = Schemas["Status"];

export default function SystemPage() {
  const { t } = useTranslation("system");
  const status = useQuery({
    ...statusQuery,
    refetchInterval: ({ state }) => (state.dataUpdateCount < 2 ? FIRST_POLL_MS : POLL_MS),
  });
  const before = usePrevious(status.data);
  return (
    <Page title={t("title")}>
      <QueryBoundary query={status}>
        {(now) => (
          <Stack gap="lg">
            <Facts status={now} />
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              <DiskCard disk={now.disk} />
              <UsageCard
                title={t("memory.title")}
                used={now.memory.resident_bytes}
                limit={now.memory.limit_bytes}
                limitLabel={t("memory.limit")}
              />
              <WorkCard status={now} />
            </SimpleGrid>
            <OwnCharts />
            <IntakeTable before={before} now={now} />
            <Datadog datadog={now.datadog} />
            <TablesTable tables={now.tables} />
            <Losses losses={now.losses} />
            <ListenersCard listeners={now.listeners} />
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

/** The read before the newest one. */
function usePrevious(status: Status | undefined): Status | undefined {
  const newest = useRef<Status>(undefined);
  const [previous, setPrevious] = useState<Status>();
  useEffect(() => {
    if (status !== undefined && status.time_ms !== newest.current?.time_ms) {
      setPrevious(newest.current);
      newest.current = status;
    }
  }, [status]);
  return previous;
}

function Facts({ status }: { status: Status }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  return (
    <Group gap="md">
      <Badge color={status.accepting ? "#1f6b30" : "#a61e1e"} variant="filled">
        {status.accepting ? t("accepting") : t("refusing")}
      </Badge>
      {status.refusing_because == null ? null : (
        <Text size="sm" c="red">
          {status.refusing_because}
        </Text>
      )}
      <Text size="sm" className="num">
        {t("version", { version: status.version })}
      </Text>
      <Text size="sm" className="num">
        {t("uptime", { duration: format.durationMs(status.uptime_seconds * 1000) })}
      </Text>
    </Group>
  );
}

function DiskCard({ disk }: { disk: Status["disk"] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  return (
    <UsageCard
      title={t("disk.title")}
      used={disk.used_bytes}
      limit={disk.budget_bytes}
      limitLabel={t("disk.budget")}
      warning={disk.warning ? t("disk.warning") : null}
      facts={[
        [t("disk.free"), format.bytes(disk.free_bytes)],
        [t("disk.dropped"), format.count(disk.dropped_rows)],
      ]}
    />
  );
}

function WorkCard({ status }: { status: Status }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const facts: Fact[] = [
    [t("work.unpublished"), format.count(status.wal_unpublished_rows)],
    [t("work.wal"), format.bytes(status.wal_bytes)],
    [t("work.flushes"), format.count(status.pending_flushes)],
    [t("work.compactions"), format.count(status.pending_compactions)],
  ];
  return (
    <section className="card">
      <Title order={2} size="h6" mb="xs">
        {t("work.title")}
      </Title>
      <FactList facts={facts} />
    </section>
  );
}

function ListenersCard({ listeners }: { listeners: Status["listeners"] }) {
  const { t } = useTranslation("system");
  const facts = Object.entries(listeners).map(
    ([name, address]): Fact => [
      t(`listeners.${name}`, { defaultValue: name }),
      typeof address === "string" ? address : t("listeners.off"),
    ],
  );
  return (
    <section className="card">
      <Title order={2} size="h6" mb="xs">
        {t("listeners.title")}
      </Title>
      <FactList facts={facts} />
    </section>
  );
}
