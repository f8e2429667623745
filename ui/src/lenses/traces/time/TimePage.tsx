/** Where the time of the traces that match goes: self time and time on the critical path. */
import { Alert, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { QueryBoundary } from "@/common/QueryBoundary";
import { onlyValue, withFilter } from "@/common/search-bar/query-edits";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { NothingFound } from "../NothingFound";
import { operationTerm } from "../operation-term";
import { PercentBar } from "../PercentBar";
import type { TimeBreakdown } from "../traces-api";
import { type Asked, timeQuery } from "../traces-api";
import { TimeBars } from "./TimeBars";
import { byOperation, byService, type TimeShare } from "./time-rows";

type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/traces");
const TRACES_READ = 200;
const FIRST_SORT = { key: "self", descending: true };

interface TimePageProps {
  asked: Asked;
  onQuery: (query: string) => void;
}

export function TimePage({ asked, onQuery }: TimePageProps) {
  const query = useQuery(timeQuery(asked, TRACES_READ));
  if (searchErrorIn(query.error) !== undefined) {
    return <NothingFound reason="invalid" onQuery={onQuery} />;
  }
  return (
    <QueryBoundary
      query={query}
      isEmpty={(found) => found.rows.length === 0}
      empty={<NothingFound reason={asked.query === "" ? "empty" : "no_match"} onQuery={onQuery} />}
    >
      {(found) => (
        <div aria-busy={query.isPlaceholderData}>
          <Breakdown asked={asked} found={found} onQuery={onQuery} />
        </div>
      )}
    </QueryBoundary>
  );
}

function Breakdown({ asked, found, onQuery }: TimePageProps & { found: TimeBreakdown }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { group } = route.useSearch();
  const change = useSearchChange();
  const rows = useMemo(
    () => (group === "service" ? byService(found.rows) : byOperation(found.rows)),
    [found, group],
  );
  const open = (row: TimeShare) => {
    const ofService = onlyValue(asked.query, "service", row.service);
    const ofOperation = () => withFilter(ofService, "name", operationTerm(row.operation, row.kind));
    onQuery(row.operation === "" ? ofService : ofOperation());
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Text size="sm" maw={760}>
          {t("time.summary", {
            traces: format.count(found.traces),
            spans: format.count(found.spans),
            self: format.durationMs(found.self_ms),
          })}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={t("time.group")}
          value={group ?? "operation"}
          onChange={(next) => change({ group: next === "service" ? "service" : undefined }, true)}
          data={[
            { value: "operation", label: t("time.by_operation") },
            { value: "service", label: t("time.by_service") },
          ]}
        />
      </Group>
      <Notes found={found} />
      <TimeBars rows={rows} />
      <TimeTable rows={rows} isByService={group === "service"} onOpen={open} />
    </Stack>
  );
}

/** What the figures leave out. */
function Notes({ found }: { found: TimeBreakdown }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const notes = [
    ...(found.sampled ? [t("time.sampled", { number: format.count(found.traces) })] : []),
    ...(found.traces_too_large > 0
      ? [t("time.too_large", { number: format.count(found.traces_too_large) })]
      : []),
    ...(found.rows_left_out > 0
      ? [t("time.rows_left_out", { number: format.count(found.rows_left_out) })]
      : []),
  ];
  return notes.length === 0 ? null : (
    <Alert variant="light" p="xs">
      {notes.map((it) => (
        <Text key={it} size="sm">
          {it}
        </Text>
      ))}
    </Alert>
  );
}

interface TimeTableProps {
  rows: TimeShare[];
  isByService: boolean;
  onOpen: (row: TimeShare) => void;
}

function TimeTable({ rows, isByService, onOpen }: TimeTableProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { order } = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => {
    const all = timeColumns(t as Texts, format);
    return isByService ? all.filter(({ key }) => !OF_OPERATIONS.includes(key)) : all;
  }, [t, format, isByService]);
  return (
    <DataTable
      label={t("tab.time")}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.key}
      onOpen={onOpen}
      initialSort={FIRST_SORT}
      sort={readSort(order)}
      onSortChange={(next) => change({ order: sortText(next) }, true)}
      csvName="time"
      height={620}
      toolbar={
        <Text size="xs" c="dimmed">
          {t("time.open_hint")}
        </Text>
      }
    />
  );
}

const OF_OPERATIONS = ["operation", "kind", "peer"];

function timeColumns(t: Texts, format: Formats): Column<TimeShare>[] {
  return [
    { key: "service", header: t("column.service"), value: (row) => row.service, width: 120 },
    {
      key: "operation",
      header: t("column.operation"),
      value: (row) => row.operation,
      cell: (row) => <span title={row.operation}>{row.operation}</span>,
      width: 190,
      grow: 1,
    },
    {
      key: "kind",
      header: t("field.kind"),
      value: (row) => row.kind ?? "",
      cell: (row) => t(`kind.${row.kind ?? "unspecified"}`),
      width: 90,
    },
    {
      key: "peer",
      header: t("field.peer"),
      value: (row) => row.peer ?? "",
      cell: (row) => <span title={row.peer ?? ""}>{row.peer ?? ""}</span>,
      width: 120,
    },
    ...figureColumns(t, format),
  ];
}

function figureColumns(t: Texts, format: Formats): Column<TimeShare>[] {
  const time = (key: "self" | "critical"): Column<TimeShare>[] => [
    {
      key,
      header: t(`time.${key}`),
      hint: t(`time.${key}_hint`),
      value: (row) => row[`${key}_ms`],
      cell: (row) => format.durationMs(row[`${key}_ms`]),
      align: "right",
      width: 122,
    },
    {
      key: `${key}_percent`,
      header: t(`time.${key}_percent`),
      value: (row) => row[`${key}_percent`],
      cell: (row) => (
        <PercentBar
          percent={row[`${key}_percent`]}
          text={format.percent(row[`${key}_percent`])}
          {...(key === "critical" ? { tone: "critical" as const } : {})}
        />
      ),
      width: 118,
    },
  ];
  return [
    {
      key: "spans",
      header: t("column.spans"),
      value: (row) => row.spans,
      cell: (row) => format.count(row.spans),
      align: "right",
      width: 74,
    },
    ...time("self"),
    ...time("critical"),
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
      width: 74,
    },
  ];
}
