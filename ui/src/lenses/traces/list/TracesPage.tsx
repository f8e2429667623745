/** Traces of the time range that match the filters, the latest first. */
import { Alert, Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { TraceFilters } from "./TraceFilters";
import { TraceIdBox } from "./TraceIdBox";
import "./traces.css";

type Row = Schemas["TraceSummary"];
type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/traces");
/** The most that the server lists. */
const TRACES_LISTED = 1000;
const FIRST_SORT = { key: "start_ms", descending: true };

function useTraces() {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const { service, operation, min_ms, errors } = route.useSearch();
  return useQuery({
    queryKey: ["traces", fromMs, toMs, environment, service, operation, min_ms, errors],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        from_ms: fromMs,
        to_ms: toMs,
        limit: TRACES_LISTED,
        ...(environment === undefined ? {} : { environment }),
        ...(service === undefined ? {} : { service }),
        ...(operation === undefined ? {} : { operation }),
        ...(min_ms === undefined ? {} : { min_duration_ms: min_ms }),
        ...(errors === undefined ? {} : { errors_only: true }),
      };
      return answer(api.GET("/api/v1/traces", { params: { query }, signal }));
    },
  });
}

export default function TracesPage() {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const query = useTraces();
  const { service, operation, min_ms, errors } = route.useSearch();
  const isFiltered = [service, operation, min_ms, errors].some((it) => it !== undefined);
  return (
    <Page title={t("title")} actions={<TraceIdBox />} header={<TraceFilters />}>
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.traces.length === 0}
        empty={
          isFiltered ? (
            <EmptyState title={t("no_match.title")} text={t("no_match.text")} />
          ) : (
            <EmptyState title={t("empty.title")} text={t("empty.text")} sendData />
          )
        }
      >
        {(data) => (
          <Stack gap="xs">
            {data.truncated ? (
              <Alert variant="light" p="xs">
                {t("truncated", { number: format.count(data.traces.length) })}
              </Alert>
            ) : null}
            <TraceList traces={data.traces} />
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

function TraceList({ traces }: { traces: Row[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const navigate = useNavigate();
  const { sort } = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => traceColumns(traces, t as Texts, format), [traces, t, format]);
  return (
    <DataTable
      label={t("title")}
      rows={traces}
      columns={columns}
      rowKey={(row) => row.trace_id}
      onOpen={(row) => void navigate({ to: "/traces/$traceId", params: { traceId: row.trace_id } })}
      initialSort={FIRST_SORT}
      sort={readSort(sort)}
      onSortChange={(next) => change({ sort: sortText(next) }, true)}
      csvName="traces"
      height="fill"
    />
  );
}

function traceColumns(traces: readonly Row[], t: Texts, format: Formats): Column<Row>[] {
  const longest = traces.reduce((most, row) => Math.max(most, row.duration_ms), 0);
  return [
    {
      key: "start_ms",
      header: t("column.start"),
      value: (row) => row.start_ms,
      cell: (row) => format.time(row.start_ms, "millisecond"),
      width: 190,
    },
    rootColumn(t),
    {
      key: "duration_ms",
      header: t("column.duration"),
      value: (row) => row.duration_ms,
      cell: (row) => (
        <DurationBar row={row} longest={longest} text={format.durationMs(row.duration_ms)} />
      ),
      width: 190,
    },
    {
      key: "spans",
      header: t("column.spans"),
      value: (row) => row.spans,
      cell: (row) => format.count(row.spans),
      align: "right",
      width: 80,
    },
    {
      key: "errors",
      header: t("column.errors"),
      value: (row) => row.errors,
      cell: (row) => (
        <span className={row.errors > 0 ? "trace-error" : undefined}>
          {format.count(row.errors)}
        </span>
      ),
      align: "right",
      width: 80,
    },
    {
      key: "services",
      header: t("column.services"),
      value: (row) => row.services.join(" "),
      cell: (row) => <span title={row.services.join("\n")}>{row.services.join(", ")}</span>,
      width: 180,
      grow: 1,
    },
    {
      key: "trace_id",
      header: t("column.trace_id"),
      value: (row) => row.trace_id,
      cell: (row) => <code>{row.trace_id.slice(0, 8)}</code>,
      width: 100,
      sortable: false,
    },
  ];
}

function rootColumn(t: Texts): Column<Row> {
  const nameOf = (row: Row) => row.root_name || t("no_root");
  return {
    key: "root",
    header: t("column.root"),
    value: (row) => `${row.root_service ?? ""} ${nameOf(row)}`.trim(),
    cell: (row) => (
      <span title={`${row.root_service ?? ""}\n${nameOf(row)}`}>
        <Link
          to="/traces/$traceId"
          params={{ traceId: row.trace_id }}
          className="trace-link"
          tabIndex={-1}
          onClick={(event) => event.stopPropagation()}
        >
          {nameOf(row)}
        </Link>{" "}
        <span className="trace-root-service">{row.root_service}</span>
      </span>
    ),
    width: 240,
    grow: 2,
  };
}

function DurationBar({ row, longest, text }: { row: Row; longest: number; text: string }) {
  const share = longest > 0 ? (100 * row.duration_ms) / longest : 0;
  return (
    <span className="duration-cell">
      <span className="duration-track" aria-hidden="true">
        <span
          className="duration-bar"
          data-error={row.errors > 0}
          style={{ width: `${Math.max(1, share)}%` }}
        />
      </span>
      <span>{text}</span>
    </span>
  );
}
