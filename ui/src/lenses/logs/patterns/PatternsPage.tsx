/** What kinds of messages there are, how many of each, and which are new. */
import { Alert, Badge, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { withFilter } from "@/common/search-bar/query-edits";
import { SearchBar } from "@/common/search-bar/SearchBar";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { Change } from "../Change";
import { LogsNav } from "../LogsNav";
import { type PatternRow, patternsQuery } from "../logs-api";
import { ShareBar } from "../ShareBar";
import { StatusMark } from "../status";
import { useAsked } from "../use-asked";
import { ComparePicker } from "./ComparePicker";
import { comparison } from "./compare";
import { PatternText } from "./PatternText";
import { changePercent } from "./pattern-parts";
import "../logs.css";

type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/logs/patterns");
const PATTERNS_LISTED = 500;
const FIRST_SORT = { key: "count", descending: true };

export default function PatternsPage() {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const asked = useAsked(search.q);
  const { now, before } = comparison(search, asked);
  const query = useQuery(patternsQuery({ ...asked, ...now }, before, PATTERNS_LISTED));
  const isInvalid = searchErrorIn(query.error) !== undefined;
  return (
    <Page title={t("patterns.title")} header={<LogsNav query={search.q} />}>
      <div className="logs-search">
        <SearchBar
          label={t("search")}
          source="logs"
          value={asked.query}
          error={query.error}
          onSubmit={(q) => change({ q: q === "" ? undefined : q })}
        />
        <ComparePicker search={search} range={asked} />
      </div>
      {isInvalid ? null : (
        <QueryBoundary
          query={query}
          isEmpty={(data) => data.patterns.length === 0}
          empty={
            <EmptyState
              title={t(asked.query === "" ? "empty.title" : "no_match.title")}
              text={t(asked.query === "" ? "empty.text" : "no_match.text")}
              sendData={asked.query === ""}
            />
          }
        >
          {(data) => (
            <Stack gap="xs">
              {data.truncated ? (
                <Alert variant="light" p="xs">
                  {t("patterns.truncated", { number: format.count(data.patterns.length) })}
                </Alert>
              ) : null}
              <PatternList patterns={data.patterns} isCompared={data.isCompared} />
            </Stack>
          )}
        </QueryBoundary>
      )}
    </Page>
  );
}

function PatternList(props: { patterns: PatternRow[]; isCompared: boolean }) {
  const { patterns, isCompared } = props;
  const { t } = useTranslation("logs");
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(
    () => patternColumns(t as Texts, format, isCompared),
    [t, format, isCompared],
  );
  const open = (row: PatternRow) => {
    const q = withFilter(search.q ?? "", "pattern_id", row.query);
    void navigate({ to: "/logs", search: { q } as never });
  };
  return (
    <DataTable
      label={t("patterns.title")}
      rows={patterns}
      columns={columns}
      rowKey={(row) => `${row.pattern_id} ${row.service ?? ""} ${row.status ?? ""}`}
      onOpen={open}
      // What is compared comes with the new patterns first.
      {...(isCompared ? {} : { initialSort: FIRST_SORT })}
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName="log-patterns"
      height="fill"
    />
  );
}

function patternColumns(t: Texts, format: Formats, isCompared: boolean): Column<PatternRow>[] {
  return [
    {
      key: "count",
      header: t("patterns.count"),
      value: (row) => row.count,
      cell: (row) => format.count(row.count),
      align: "right",
      width: 96,
    },
    {
      key: "share",
      header: t("patterns.share"),
      value: (row) => row.share,
      cell: (row) => <ShareBar share={row.share} text={format.percent(100 * row.share)} />,
      width: 120,
    },
    {
      key: "pattern",
      header: t("patterns.pattern"),
      value: (row) => row.pattern,
      cell: (row) => (
        <span title={`${row.pattern}\n\n${row.sample}`}>
          {row.is_new ? (
            <Badge size="xs" mr={6} variant="filled" color="accent">
              {t("patterns.new")}
            </Badge>
          ) : null}
          <PatternText pattern={row.pattern} />
        </span>
      ),
      width: 320,
      grow: 1,
    },
    {
      key: "service",
      header: t("field.service"),
      value: (row) => row.service,
      width: 130,
    },
    {
      key: "status",
      header: t("field.status"),
      value: (row) => row.status,
      cell: (row) => <StatusMark status={row.status} />,
      width: 84,
    },
    {
      key: "bytes",
      header: t("patterns.bytes"),
      value: (row) => row.bytes,
      cell: (row) => format.bytes(row.bytes),
      align: "right",
      width: 96,
    },
    ...(isCompared ? [changeColumn(t, format)] : []),
    {
      key: "first_seen_ms",
      header: t("patterns.first_seen"),
      value: (row) => row.first_seen_ms,
      cell: (row) => (
        <span title={format.time(row.first_seen_ms)}>{format.ago(row.first_seen_ms)}</span>
      ),
      width: 120,
    },
  ];
}

function changeColumn(t: Texts, format: Formats): Column<PatternRow> {
  return {
    key: "change",
    header: t("patterns.change"),
    hint: t("patterns.change_hint"),
    value: (row) => changePercent(row.count, row.before_count),
    cell: (row) => (
      <span title={t("patterns.before", { count: format.count(row.before_count ?? 0) })}>
        <Change now={row.count} before={row.before_count} />
      </span>
    ),
    align: "right",
    width: 110,
  };
}
