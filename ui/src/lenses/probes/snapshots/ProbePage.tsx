/** One probe: what it is, who runs it, and what it has seen, followed as it comes in. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { TimeChart } from "@/common/TimeChart";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { useTimeRange } from "@/shell/use-time-range";
import { ProbePanel } from "../editor/ProbePanel";
import { type ProbeForm, readProbe, whereText } from "../editor/probe-form";
import type { Texts } from "../list/ServicesTable";
import {
  type ProbeSnapshot,
  type ProbeSnapshots,
  probesQuery,
  snapshotKey,
  snapshotsQuery,
} from "../probes-api";
import { useScope } from "../use-scope";
import { ClientTable, ProbeHead } from "./ProbeHead";
import { SnapshotPanel } from "./SnapshotPanel";
import { timeline } from "./timeline";
import "../probes.css";

const route = getRouteApi("/shell/probes/$id");
/** As many as a person looks through; all of them are in the logs. */
const SNAPSHOTS_MAX = 200;
const CHART_HEIGHT = 110;
const FIRST_SORT = { key: "time", descending: true };

export default function ProbePage() {
  const { t } = useTranslation("probes");
  const { id } = route.useParams();
  const search = route.useSearch();
  const change = useSearchChange();
  const scope = useScope();
  const probes = useQuery(probesQuery(scope));
  const snapshots = useQuery(snapshotsQuery(scope, id, SNAPSHOTS_MAX));
  const row = probes.data?.probes.find((it) => it.document_id === id);
  const services = probes.data?.services;
  const canEdit = probes.data?.can_edit ?? false;
  const form = useMemo(() => (row === undefined ? undefined : readProbe(row.probe)), [row]);
  const title = row === undefined ? id : whereText(row.probe) || id;
  const clients = services?.find((it) => it.service === form?.service)?.clients ?? [];
  return (
    <Page title={title} header={<BackToList />}>
      <QueryBoundary query={probes}>
        {() =>
          row === undefined ? (
            <Alert color="yellow" variant="light">
              {t("gone")}
            </Alert>
          ) : (
            <Stack gap="md">
              <ProbeHead row={row} canEdit={canEdit} />
              <ClientTable row={row} clients={clients} />
            </Stack>
          )
        }
      </QueryBoundary>
      <QueryBoundary
        query={snapshots}
        isEmpty={(data) => data.snapshots.length === 0}
        empty={<NoSnapshots form={form} />}
      >
        {(data) => <Snapshots data={data} />}
      </QueryBoundary>
      <SnapshotPanel
        id={search.snapshot}
        snapshots={snapshots.data?.snapshots ?? []}
        probe={form}
      />
      <ProbePanel
        id={search.edit ? id : undefined}
        copyOf={undefined}
        prefill={{}}
        services={services}
        canEdit={canEdit}
        onClose={() => change({ edit: undefined })}
      />
    </Page>
  );
}

function BackToList() {
  const { t } = useTranslation("probes");
  const keep = (before: { from?: string; to?: string; env?: string }) =>
    ({ from: before.from, to: before.to, env: before.env }) as never;
  return (
    <Group>
      <Button
        component={Link}
        to="/probes"
        search={keep as never}
        variant="subtle"
        size="compact-sm"
        leftSection={<IconArrowLeft size={14} aria-hidden />}
      >
        {t("head.back")}
      </Button>
    </Group>
  );
}

/** A metric or a span is not a snapshot: it is where metrics and traces are. */
function NoSnapshots({ form }: { form: ProbeForm | undefined }) {
  const { t } = useTranslation("probes");
  const type = form?.type ?? "log";
  return (
    <EmptyState
      title={t(type === "log" ? "snapshot.none" : `snapshot.none_${type}`)}
      text={t(type === "log" ? "snapshot.none_text" : `snapshot.none_${type}_text`)}
    />
  );
}

function Snapshots({ data: { snapshots, total } }: { data: ProbeSnapshots }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => snapshotColumns(t as Texts, format), [t, format]);
  return (
    <Stack gap="xs">
      <Timeline snapshots={snapshots} isWhole={snapshots.length >= total} />
      {snapshots.length >= total ? null : (
        <Text size="sm" c="dimmed">
          {t("snapshot.shown", {
            shown: format.count(snapshots.length),
            total: format.count(total),
          })}
        </Text>
      )}
      <DataTable
        label={t("snapshot.list")}
        rows={snapshots}
        columns={columns}
        rowKey={snapshotKey}
        onOpen={(row) => change({ snapshot: snapshotKey(row) })}
        openedKey={search.snapshot}
        initialSort={FIRST_SORT}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName="probe-snapshots"
        height="fill"
        toolbar={
          <Text component="h2" fw={600} size="sm" m={0}>
            {t("snapshot.list")}
          </Text>
        }
      />
    </Stack>
  );
}

/** Of those that are listed: where there are more, it begins with the oldest of them. */
function Timeline(props: { snapshots: ProbeSnapshot[]; isWhole: boolean }) {
  const { snapshots, isWhole } = props;
  const { t } = useTranslation("probes");
  const format = useFormat();
  const { fromMs, toMs } = useTimeRange();
  const { timesMs, counts } = useMemo(() => {
    const times = snapshots.map((it) => it.time_ms);
    // What came in since the range was read moves all of it, as the answer does.
    const end = Math.max(toMs, ...times.map((it) => it + 1));
    const start = isWhole ? end - (toMs - fromMs) : Math.min(...times);
    return timeline(times, start, Math.max(end, start + 1));
  }, [snapshots, isWhole, fromMs, toMs]);
  const series = useMemo(() => [{ name: t("probes.snapshots"), values: counts }], [t, counts]);
  return (
    <TimeChart
      title={t("snapshot.over_time")}
      timesMs={timesMs}
      series={series}
      format={format.count}
      kind="bars"
      height={CHART_HEIGHT}
    />
  );
}

function snapshotColumns(t: Texts, format: Formats): Column<ProbeSnapshot>[] {
  return [
    {
      key: "time",
      header: t("snapshot.time"),
      value: (row) => row.time_ms,
      cell: (row) => format.time(row.time_ms, "millisecond"),
      width: 190,
    },
    {
      key: "message",
      header: t("snapshot.message"),
      value: (row) => row.message,
      cell: (row) => <span title={row.message ?? undefined}>{row.message || "–"}</span>,
      width: 240,
      grow: 4,
    },
    {
      key: "duration",
      header: t("snapshot.duration"),
      value: (row) => row.duration_ns,
      cell: (row) => format.durationNs(row.duration_ns),
      align: "right",
      width: 90,
    },
    { key: "version", header: t("client.version"), value: (row) => row.version, width: 90 },
    { key: "host", header: t("client.host"), value: (row) => row.host, width: 120, grow: 1 },
    {
      key: "trace",
      header: t("snapshot.trace_id"),
      value: (row) => row.trace_id,
      cell: (row) => <TraceLink row={row} />,
      sortable: false,
      width: 130,
    },
  ];
}

function TraceLink({ row }: { row: ProbeSnapshot }) {
  if (row.trace_id === null) {
    return <span>–</span>;
  }
  return (
    <Link
      className="probe-link"
      to="/traces/$traceId"
      params={{ traceId: row.trace_id }}
      search={{ span: row.span_id ?? undefined } as never}
      onClick={(event) => event.stopPropagation()}
    >
      {row.trace_id.slice(0, 12)}…
    </Link>
  );
}
