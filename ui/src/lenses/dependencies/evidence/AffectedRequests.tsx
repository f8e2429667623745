/** Every call over the threshold: when, which trace, how long, how it ended, and whom it hit. */
import { Alert, Badge, Text } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { type PaperColumn, PaperTable } from "@/common/paper/PaperTable";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { zoneOffsetText } from "@/shell/wall-time";
import type { AffectedRequest, Evidence } from "../dependencies-api";
import { idName, type Texts } from "./headline";
import { isoTime } from "./iso-time";
import { limitText, measuredText } from "./seconds";

const route = getRouteApi("/shell/dependencies/evidence");
const FIRST_SORT = { key: "time", descending: false };
const HEIGHT = 440;
const COLORS = { succeeded: "green", failed: "red", timeout: "orange" } as const;

export function AffectedRequests({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const limit = limitText(evidence.threshold_ms, format.settings.language);
  const title = t("affected.title", { limit });
  const { affected, affected_total } = evidence;
  return (
    <section aria-label={title}>
      <Text component="h2" fw={600} size="sm" m={0} className="screen-only">
        {title}
      </Text>
      {affected.length < affected_total ? (
        <Alert variant="light" p="xs" my={4}>
          {t("affected.truncated", {
            shown: format.count(affected.length),
            total: format.count(affected_total),
          })}
        </Alert>
      ) : null}
      {evidence.ids_complete || evidence.attributes.length === 0 ? null : (
        <Alert variant="light" p="xs" my={4}>
          {t("affected.ids_incomplete")}
        </Alert>
      )}
      <div className="screen-only">
        <ScreenTable evidence={evidence} title={title} />
      </div>
      <div className="paper-only">
        <PaperAffected evidence={evidence} title={title} />
      </div>
    </section>
  );
}

function ScreenTable({ evidence, title }: { evidence: Evidence; title: string }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const navigate = useNavigate();
  const change = useSearchChange();
  const columns = useMemo(
    () => affectedColumns(t as unknown as Texts, format, evidence),
    [t, format, evidence],
  );
  const open = ({ trace_id, span_id }: AffectedRequest) => {
    if (trace_id !== null) {
      void navigate({
        to: "/traces/$traceId",
        params: { traceId: trace_id },
        search: { span: span_id ?? undefined } as never,
      });
    }
  };
  return (
    <DataTable
      label={title}
      rows={evidence.affected}
      columns={columns}
      rowKey={(row) => `${row.trace_id} ${row.span_id} ${row.time_ms}`}
      onOpen={open}
      initialSort={FIRST_SORT}
      sort={readSort(route.useSearch().sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName={`evidence-${evidence.name}`}
      height={HEIGHT}
      empty={<EmptyState title={t("affected.none")} />}
    />
  );
}

function affectedColumns(t: Texts, format: Formats, evidence: Evidence): Column<AffectedRequest>[] {
  const { timeZone, language } = format.settings;
  const zone = zoneOffsetText(evidence.to_ms, timeZone);
  return [
    {
      key: "time",
      header: t("column.time", { zone }),
      value: (row) => isoTime(row.time_ms, timeZone),
      cell: (row) => format.time(row.time_ms, "millisecond"),
      width: 196,
    },
    {
      key: "duration",
      header: t("column.duration"),
      value: (row) => row.duration_ms,
      cell: (row) => measuredText(row.duration_ms, language),
      align: "right",
      width: 92,
    },
    {
      key: "outcome",
      header: t("column.outcome"),
      value: (row) => t(`outcome.${row.outcome}`),
      cell: (row) => <Outcome outcome={row.outcome} />,
      width: 104,
    },
    ...evidence.attributes.map(
      (key): Column<AffectedRequest> => ({
        key: `@${key}`,
        header: idName(key, t),
        hint: key,
        value: (row) => row.values[key],
        cell: (row) => <span title={row.values[key]}>{row.values[key] ?? "–"}</span>,
        width: 130,
        grow: 1,
      }),
    ),
    {
      key: "trace",
      header: t("column.trace"),
      value: (row) => row.trace_id,
      cell: (row) => <TraceLink row={row} />,
      width: 150,
    },
    textColumn(t, "caller", 110, (row) => row.caller),
    textColumn(t, "operation", 190, (row) => row.operation),
    textColumn(t, "http_status", 84, (row) => row.http_status),
    textColumn(t, "message", 200, (row) => row.status_message ?? row.error_type),
  ];
}

function textColumn(
  t: Texts,
  key: string,
  width: number,
  value: (row: AffectedRequest) => string | number | null,
): Column<AffectedRequest> {
  return {
    key,
    header: t(`column.${key}`),
    value,
    cell: (row) => <span title={String(value(row) ?? "")}>{value(row) ?? "–"}</span>,
    width,
    grow: 1,
  };
}

function Outcome({ outcome }: { outcome: AffectedRequest["outcome"] }) {
  const { t } = useTranslation("dependencies");
  return (
    <Badge variant="light" color={COLORS[outcome]} size="sm">
      {t(`outcome.${outcome}`)}
    </Badge>
  );
}

function TraceLink({ row }: { row: AffectedRequest }) {
  if (row.trace_id === null) {
    return <span>–</span>;
  }
  return (
    <Link
      to="/traces/$traceId"
      params={{ traceId: row.trace_id }}
      search={{ span: row.span_id ?? undefined } as never}
      className="dependency-link evidence-trace"
      title={row.trace_id}
      onClick={(event) => event.stopPropagation()}
    >
      {row.trace_id}
    </Link>
  );
}

/** The value that all rows share, which then needs no column. */
function shared(rows: readonly AffectedRequest[], key: "operation" | "caller"): string | undefined {
  const first = rows[0]?.[key];
  return rows.every((row) => row[key] === first) ? first : undefined;
}

function PaperAffected({ evidence, title }: { evidence: Evidence; title: string }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const { affected } = evidence;
  const [operation, caller] = [shared(affected, "operation"), shared(affected, "caller")];
  return (
    <PaperTable
      caption={[title, caller, operation].filter((it) => it !== undefined).join(" · ")}
      rows={affected}
      rowKey={(row, index) => `${row.span_id} ${index}`}
      columns={[
        ...paperColumns(t as unknown as Texts, format, evidence),
        ...(caller === undefined ? [paperText(t as unknown as Texts, "caller")] : []),
        ...(operation === undefined ? [paperText(t as unknown as Texts, "operation")] : []),
        {
          key: "trace",
          header: t("column.trace"),
          width: "26%",
          cell: (row) => <span className="evidence-trace">{row.trace_id ?? "–"}</span>,
        },
      ]}
    />
  );
}

function paperText(t: Texts, key: "operation" | "caller"): PaperColumn<AffectedRequest> {
  return { key, header: t(`column.${key}`), cell: (row) => row[key] };
}

function paperColumns(
  t: Texts,
  format: Formats,
  evidence: Evidence,
): PaperColumn<AffectedRequest>[] {
  const { language, timeZone } = format.settings;
  return [
    {
      key: "time",
      header: t("column.time", { zone: zoneOffsetText(evidence.to_ms, timeZone) }),
      width: "22%",
      cell: (row) => format.time(row.time_ms, "millisecond"),
    },
    {
      key: "duration",
      header: t("column.duration"),
      align: "right",
      width: "9%",
      cell: (row) => measuredText(row.duration_ms, language),
    },
    {
      key: "outcome",
      header: t("column.outcome"),
      width: "11%",
      cell: (row) => t(`outcome.${row.outcome}`),
    },
    ...evidence.attributes.map((key) => ({
      key: `@${key}`,
      header: idName(key, t),
      cell: (row: AffectedRequest) => row.values[key] ?? "–",
    })),
  ];
}
