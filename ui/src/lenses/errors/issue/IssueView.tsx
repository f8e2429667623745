/** Everything about one issue: what, where, since when, an example, and its latest occurrences. */
import { Anchor, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { fieldTerm } from "@/common/search-bar/query-edits";
import { TimeChart } from "@/common/TimeChart";
import { ERROR_COLOR } from "@/design/theme";
import { type Formats, useFormat } from "@/design/use-format";
import type { ErrorIssueDetail, ErrorOccurrence } from "../errors-api";
import type { Texts } from "../list/columns";
import { CountChange, NewBadge, StateBadge } from "../Marks";
import { AssigneeName } from "./AssigneeName";
import { IssueActions } from "./IssueActions";
import { SampleValues } from "./SampleValues";
import { StackTrace } from "./StackTrace";

const CHART_HEIGHT = 130;
const LIST_HEIGHT = 260;

export function IssueView({ detail }: { detail: ErrorIssueDetail }) {
  const { issue, sample } = detail;
  const versions = detail.versions.flatMap((it) => (it.version === null ? [] : [it.version]));
  return (
    <Stack gap="md">
      <Head detail={detail} />
      <IssueActions
        key={issue.document_id}
        issue={issue}
        versions={[...versions, ...issue.versions]}
      />
      <Chart detail={detail} />
      {sample === null ? null : <StackTrace sample={sample} />}
      <Occurrences detail={detail} />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <Versions detail={detail} />
        <Endpoints detail={detail} />
      </SimpleGrid>
      {sample === null ? null : <SampleValues sample={sample} />}
    </Stack>
  );
}

function Head({ detail: { issue } }: { detail: ErrorIssueDetail }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const seen = (timeMs: number, version: string | null) =>
    version === null
      ? format.time(timeMs)
      : t("issue.seen_in", { time: format.time(timeMs), version });
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <StateBadge state={issue.state} />
        {issue.is_new ? <NewBadge /> : null}
        {issue.service === "" ? (
          <Text size="sm">{t("no_service")}</Text>
        ) : (
          <Anchor
            component={Link}
            to="/services/$service"
            params={{ service: issue.service } as never}
            size="sm"
          >
            {issue.service}
          </Anchor>
        )}
      </Group>
      {issue.count > 0 ? null : (
        <Text size="sm" c="dimmed">
          {t("issue.no_errors")}
        </Text>
      )}
      {issue.message === "" ? null : (
        <Text className="error-message wrap-anywhere">{issue.message}</Text>
      )}
      <dl className="error-facts">
        <Fact name={t("column.count")}>
          {format.count(issue.count)}{" "}
          <CountChange count={issue.count} previous={issue.previous_count} />
        </Fact>
        <Fact name={t("column.traces")}>{format.count(issue.traces)}</Fact>
        <Fact name={t("column.first_seen_ms")}>
          {seen(issue.first_seen_ms, issue.first_version)}
        </Fact>
        <Fact name={t("column.last_seen_ms")}>{seen(issue.last_seen_ms, issue.last_version)}</Fact>
        {issue.resolved_in_version === null ? null : (
          <Fact name={t("issue.resolved_in")}>{issue.resolved_in_version}</Fact>
        )}
        {issue.state_since_ms === null ? null : (
          <Fact name={t("issue.state_since")}>{format.time(issue.state_since_ms)}</Fact>
        )}
        {issue.assignee === null ? null : (
          <Fact name={t("issue.assignee")}>
            <AssigneeName id={issue.assignee} />
          </Fact>
        )}
        {issue.frame === null ? null : <Fact name={t("issue.frame")}>{issue.frame}</Fact>}
        <Fact name={t("issue.fingerprint")}>{issue.fingerprint}</Fact>
      </dl>
    </Stack>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num wrap-anywhere">{children}</dd>
    </div>
  );
}

function Chart({ detail }: { detail: ErrorIssueDetail }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const { from_ms, bucket_ms, counts } = detail.series;
  const timesMs = useMemo(
    () => counts.map((_, at) => from_ms + at * bucket_ms),
    [counts, from_ms, bucket_ms],
  );
  const series = useMemo(
    () => [{ name: t("column.count"), values: counts, color: ERROR_COLOR }],
    [t, counts],
  );
  return (
    <TimeChart
      title={t("issue.over_time")}
      timesMs={timesMs}
      series={series}
      format={format.count}
      kind="bars"
      height={CHART_HEIGHT}
    />
  );
}

function Occurrences({ detail }: { detail: ErrorIssueDetail }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const navigate = useNavigate();
  const columns = useMemo(() => occurrenceColumns(t as unknown as Texts, format), [t, format]);
  const open = ({ trace_id, span_id }: ErrorOccurrence) => {
    if (trace_id !== null) {
      void navigate({
        to: "/traces/$traceId",
        params: { traceId: trace_id },
        search: { span: span_id ?? undefined } as never,
      });
    }
  };
  return (
    <section aria-label={t("issue.latest")}>
      <Text component="h2" fw={600} size="sm" m={0}>
        {t("issue.latest")}
      </Text>
      <DataTable
        label={t("issue.latest")}
        rows={detail.samples}
        columns={columns}
        rowKey={(row) => `${row.time_ms} ${row.trace_id} ${row.span_id}`}
        onOpen={open}
        initialSort={{ key: "time", descending: true }}
        csvName="error-occurrences"
        height={LIST_HEIGHT}
      />
    </section>
  );
}

function occurrenceColumns(t: Texts, format: Formats): Column<ErrorOccurrence>[] {
  return [
    {
      key: "time",
      header: t("column.time"),
      value: (row) => row.time_ms,
      cell: (row) => format.time(row.time_ms, "millisecond"),
      width: 190,
    },
    {
      key: "message",
      header: t("column.text"),
      value: (row) => row.message,
      cell: (row) => <span title={row.message}>{row.message || "–"}</span>,
      width: 180,
      grow: 2,
    },
    {
      key: "links",
      header: t("column.links"),
      value: (row) => row.trace_id,
      cell: (row) => <OccurrenceLinks row={row} />,
      sortable: false,
      width: 130,
    },
    { key: "version", header: t("column.version"), value: (row) => row.version, width: 96 },
    {
      key: "endpoint",
      header: t("column.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <span title={row.endpoint}>{row.endpoint || "–"}</span>,
      width: 150,
      grow: 1,
    },
  ];
}

function OccurrenceLinks({ row }: { row: ErrorOccurrence }) {
  const { t } = useTranslation("errors");
  if (row.trace_id === null) {
    return <span>–</span>;
  }
  const stay = (event: { stopPropagation: () => void }) => event.stopPropagation();
  return (
    <span className="error-links">
      <Link
        to="/traces/$traceId"
        params={{ traceId: row.trace_id }}
        search={{ span: row.span_id ?? undefined } as never}
        onClick={stay}
      >
        {t("issue.trace")}
      </Link>
      <Link
        to="/logs"
        search={{ q: fieldTerm("trace_id", [row.trace_id]) } as never}
        onClick={stay}
      >
        {t("issue.logs")}
      </Link>
    </span>
  );
}

type VersionRow = ErrorIssueDetail["versions"][number];

function Versions({ detail }: { detail: ErrorIssueDetail }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const columns: Column<VersionRow>[] = [
    {
      key: "version",
      header: t("column.version"),
      value: (row) => row.version,
      cell: (row) => row.version ?? t("issue.no_version"),
      width: 100,
      grow: 1,
    },
    {
      key: "count",
      header: t("column.count"),
      value: (row) => row.count,
      cell: (row) => format.count(row.count),
      align: "right",
      width: 90,
    },
    {
      key: "last_seen",
      header: t("column.last_seen_ms"),
      value: (row) => row.last_seen_ms,
      cell: (row) => (
        <span title={format.time(row.last_seen_ms)}>{format.ago(row.last_seen_ms)}</span>
      ),
      width: 110,
    },
  ];
  return (
    <section aria-label={t("column.versions")}>
      <Text component="h2" fw={600} size="sm" m={0}>
        {t("column.versions")}
      </Text>
      <DataTable
        label={t("column.versions")}
        rows={detail.versions}
        columns={columns}
        rowKey={(row) => row.version ?? "\u0000"}
        height={LIST_HEIGHT}
      />
    </section>
  );
}

type EndpointRow = ErrorIssueDetail["endpoints"][number];

function Endpoints({ detail }: { detail: ErrorIssueDetail }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const columns: Column<EndpointRow>[] = [
    {
      key: "endpoint",
      header: t("column.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <span title={row.endpoint}>{row.endpoint || "–"}</span>,
      width: 140,
      grow: 1,
    },
    {
      key: "count",
      header: t("column.count"),
      value: (row) => row.count,
      cell: (row) => format.count(row.count),
      align: "right",
      width: 90,
    },
  ];
  return (
    <section aria-label={t("issue.endpoints")}>
      <Text component="h2" fw={600} size="sm" m={0}>
        {t("issue.endpoints")}
      </Text>
      <DataTable
        label={t("issue.endpoints")}
        rows={detail.endpoints}
        columns={columns}
        rowKey={(row) => row.endpoint}
        height={LIST_HEIGHT}
      />
    </section>
  );
}
