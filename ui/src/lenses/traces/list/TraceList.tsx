/** One row for each span that matches, with its trace; more come when the end is in view. */
import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type UIEvent, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { NothingFound } from "../NothingFound";
import { SORTS } from "../routes";
import type { TraceHit } from "../traces-api";
import { type Asked, searchQuery } from "../traces-api";

type Hit = TraceHit & { key: string };
type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/traces");
/** More are asked for when fewer pixels than these are left below the view. */
const AHEAD_PIXELS = 1200;
const NARROW = "(max-width: 767px)";

interface TraceListProps {
  asked: Asked;
  onQuery: (query: string) => void;
}

export function TraceList({ asked, onQuery }: TraceListProps) {
  const { t } = useTranslation("traces");
  const { sort = "recent" } = route.useSearch();
  const query = useInfiniteQuery(searchQuery(asked, sort));
  const rows = useMemo(
    () =>
      query.data?.pages
        .flatMap((page) => page.rows)
        // A span can be stored twice, so its id names no row.
        .map((row, at): Hit => ({ ...row, key: String(at) })),
    [query.data],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onScroll = useCallback(
    (event: UIEvent<HTMLElement>) => {
      const { scrollHeight, scrollTop, clientHeight } = event.target as HTMLElement;
      const left = scrollHeight - scrollTop - clientHeight;
      if (left < AHEAD_PIXELS && hasNextPage && !isFetchingNextPage) {
        void fetchNextPage();
      }
    },
    [hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  if (rows === undefined) {
    if (query.error === null) {
      return <Loading rows={12} height={30} />;
    }
    return searchErrorIn(query.error) === undefined ? (
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <NothingFound reason="invalid" onQuery={onQuery} />
    );
  }
  if (rows.length === 0 && !hasNextPage) {
    return <NothingFound reason={asked.query === "" ? "empty" : "no_match"} onQuery={onQuery} />;
  }
  return (
    <Stack gap={4} miw={0} aria-busy={query.isPlaceholderData} onScrollCapture={onScroll}>
      {query.error === null ? null : (
        <ErrorBox error={query.error} onRetry={() => void query.fetchNextPage()} />
      )}
      <Hits rows={rows} />
      {hasNextPage ? (
        <Text size="xs" c="dimmed" role="status">
          {t(isFetchingNextPage ? "list.loading_more" : "list.more")}
        </Text>
      ) : null}
    </Stack>
  );
}

function Hits({ rows }: { rows: Hit[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const navigate = useNavigate();
  const longest = useMemo(
    () => rows.reduce((most, it) => Math.max(most, it.duration_ms), 0),
    [rows],
  );
  const isNarrow = useMediaQuery(NARROW) ?? false;
  const columns = useMemo(() => {
    const [time, service, ...others] = hitColumns(longest, isNarrow, t as Texts, format);
    // A narrow window shows what happened without scrolling.
    const all = isNarrow ? [time, ...others, service] : [time, service, ...others];
    return all.filter((it) => it !== undefined);
  }, [longest, isNarrow, t, format]);
  return (
    <DataTable
      label={t("title")}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.key}
      onOpen={(row) => void navigate(placeOf(row))}
      csvName="traces"
      height="fill"
      toolbar={<SortControl />}
    />
  );
}

function placeOf(row: TraceHit) {
  return {
    to: "/traces/$traceId" as const,
    params: { traceId: row.trace_id },
    search: { span: row.span_id } as never,
  };
}

function SortControl() {
  const { t } = useTranslation("traces");
  const { sort = "recent" } = route.useSearch();
  const change = useSearchChange();
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed" visibleFrom="sm">
        {t("sort.label")}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={t("sort.label")}
        value={sort}
        onChange={(next) => change({ sort: next === "recent" ? undefined : next }, true)}
        data={SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))}
      />
    </Group>
  );
}

/** The server sorts: the rows here are only the first of all. */
function hitColumns(
  longest: number,
  isNarrow: boolean,
  t: Texts,
  format: Formats,
): Column<TraceHit>[] {
  const columns: Column<TraceHit>[] = [
    {
      key: "time",
      header: t("column.start"),
      value: (row) => row.time_ms,
      cell: (row) => (
        <span title={format.time(row.time_ms, "millisecond")}>
          {format.time(row.time_ms, isNarrow ? "time" : "millisecond")}
        </span>
      ),
      width: isNarrow ? 82 : 204,
    },
    { key: "service", header: t("column.service"), value: (row) => row.service, width: 130 },
    {
      key: "operation",
      header: t("column.operation"),
      value: (row) => row.operation,
      cell: (row) => <OperationLink row={row} />,
      width: isNarrow ? 150 : 220,
      grow: 2,
    },
    {
      key: "duration_ms",
      header: t("column.duration"),
      value: (row) => row.duration_ms,
      cell: (row) => (
        <DurationBar row={row} longest={longest} text={format.durationMs(row.duration_ms)} />
      ),
      width: isNarrow ? 122 : 170,
    },
    {
      key: "status",
      header: t("column.status"),
      value: (row) => (row.failed ? "error" : "ok"),
      cell: (row) => <Status row={row} t={t} />,
      width: 96,
    },
    ...traceColumns(t, format),
  ];
  return columns.map((column) => ({ ...column, sortable: false }));
}

/** What is known about the trace that the span is part of. */
function traceColumns(t: Texts, format: Formats): Column<TraceHit>[] {
  return [
    {
      key: "root",
      header: t("column.root"),
      value: ({ trace }) => `${trace.root_service ?? ""} ${trace.root_name ?? ""}`.trim(),
      cell: ({ trace }) =>
        trace.root_name == null ? (
          <span className="trace-soft">{t("no_root")}</span>
        ) : (
          <span title={`${trace.root_service ?? ""}\n${trace.root_name}`}>
            {trace.root_name} <span className="trace-soft">{trace.root_service}</span>
          </span>
        ),
      width: 190,
      grow: 1,
    },
    {
      key: "trace_duration_ms",
      header: t("column.trace_duration"),
      value: ({ trace }) => trace.duration_ms,
      cell: ({ trace }) => format.durationMs(trace.duration_ms),
      align: "right",
      width: 100,
    },
    {
      key: "spans",
      header: t("column.spans"),
      value: ({ trace }) => trace.spans,
      cell: ({ trace }) => format.count(trace.spans),
      align: "right",
      width: 76,
    },
    {
      key: "errors",
      header: t("column.errors"),
      value: ({ trace }) => trace.errors,
      cell: ({ trace }) => (
        <span className={trace.errors > 0 ? "trace-error" : undefined}>
          {format.count(trace.errors)}
        </span>
      ),
      align: "right",
      width: 76,
    },
    {
      key: "services",
      header: t("column.services"),
      value: ({ trace }) => trace.services.join(" "),
      cell: ({ trace }) => (
        <span title={trace.services.join("\n")}>{trace.services.join(", ")}</span>
      ),
      width: 150,
      grow: 1,
    },
    {
      key: "trace_id",
      header: t("column.trace_id"),
      value: (row) => row.trace_id,
      cell: (row) => <code>{row.trace_id.slice(0, 8)}</code>,
      width: 90,
    },
  ];
}

function OperationLink({ row }: { row: TraceHit }) {
  return (
    <Link
      {...placeOf(row)}
      className="trace-link"
      title={row.operation}
      tabIndex={-1}
      onClick={(event) => event.stopPropagation()}
    >
      {row.operation || "–"}
    </Link>
  );
}

function Status({ row, t }: { row: TraceHit; t: Texts }) {
  const code = row.http_status == null ? "" : ` ${row.http_status}`;
  return (
    <span className={row.failed ? "trace-error" : "trace-soft"}>
      {`${t(row.failed ? "status.error" : "status.ok")}${code}`}
    </span>
  );
}

function DurationBar({ row, longest, text }: { row: TraceHit; longest: number; text: string }) {
  const share = longest > 0 ? (100 * row.duration_ms) / longest : 0;
  return (
    <span className="duration-cell">
      <span className="duration-track" aria-hidden="true">
        <span
          className="duration-bar"
          data-error={row.failed}
          style={{ width: `${Math.max(1, share)}%` }}
        />
      </span>
      <span>{text}</span>
    </span>
  );
}
