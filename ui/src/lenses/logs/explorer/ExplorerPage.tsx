/** Logs: search, histogram, facets, the list of records, one record beside it, live tail. */
import { Button, Group, SegmentedControl, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/common/Page";
import { hasStages } from "@/common/search-bar/query-edits";
import { SearchBar } from "@/common/search-bar/SearchBar";
import { useSearchChange } from "@/common/use-search-change";
import { useNotice } from "@/settings/use-notice";
import { LogsNav } from "../LogsNav";
import { type Asked, histogramQuery, type LogRow } from "../logs-api";
import { RecordPanel } from "../record/RecordPanel";
import { useAsked } from "../use-asked";
import { ColumnsMenu } from "./ColumnsMenu";
import { columnsParameter, readColumns } from "./columns";
import { ExportButton } from "./ExportDialog";
import { StatusHistogram } from "./Histogram";
import { LiveTail } from "./LiveTail";
import { LogFacets } from "./LogFacets";
import { LogList } from "./LogList";
import { StagesResult } from "./StagesResult";
import { sqlOfSearch } from "./search-api";
import { ViewsButton } from "./Views";
import "../logs.css";

const route = getRouteApi("/shell/logs");
const BUCKETS = 60;

export default function ExplorerPage() {
  const { t } = useTranslation("logs");
  const search = route.useSearch();
  const change = useSearchChange();
  const asked = useAsked(search.q);
  const [error, setError] = useState<unknown>(null);
  const isStaged = hasStages(asked.query);
  const setQuery = useCallback(
    (query: string) => change({ q: query === "" ? undefined : query }),
    [change],
  );
  return (
    <Page
      title={t("title")}
      actions={<Actions asked={asked} columns={readColumns(search.cols)} isStaged={isStaged} />}
      header={<LogsNav query={search.q} />}
    >
      <Group gap="xs" align="flex-start" className="logs-search">
        <SearchBar
          label={t("search")}
          source="logs"
          value={asked.query}
          error={error}
          onSubmit={setQuery}
        />
        <SqlButton asked={asked} />
      </Group>
      {isStaged ? (
        <StagesResult asked={asked} onError={setError} />
      ) : (
        <Records asked={asked} onError={setError} onQuery={setQuery} />
      )}
    </Page>
  );
}

function Actions(props: { asked: Asked; columns: readonly string[]; isStaged: boolean }) {
  const { asked, columns, isStaged } = props;
  return (
    <>
      <ViewsButton />
      {isStaged ? null : <ExportButton asked={asked} columns={columns} />}
    </>
  );
}

function SqlButton({ asked }: { asked: Asked }) {
  const { t } = useTranslation("logs");
  const navigate = useNavigate();
  const notice = useNotice();
  const explain = useMutation({
    mutationFn: () => sqlOfSearch(asked),
    onSuccess: (sql) => void navigate({ to: "/query", search: { q: sql } as never }),
    onError: notice.failed,
  });
  return (
    <Tooltip label={t("show_sql")}>
      <Button
        className="logs-sql"
        variant="default"
        leftSection={<IconTerminal2 size={16} aria-hidden />}
        loading={explain.isPending}
        onClick={() => explain.mutate()}
      >
        {t("sql")}
      </Button>
    </Tooltip>
  );
}

interface RecordsProps {
  asked: Asked;
  onError: (error: unknown) => void;
  onQuery: (query: string) => void;
}

function Records({ asked, onError, onQuery }: RecordsProps) {
  const { t } = useTranslation("logs");
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => readColumns(search.cols), [search.cols]);
  const setColumns = useCallback(
    (next: string[]) => change({ cols: columnsParameter(next) }, true),
    [change],
  );
  const histogram = useQuery(histogramQuery(asked, BUCKETS));
  const open = useCallback((row: LogRow) => change({ record: row.id }), [change]);
  const isTail = search.tail === true;
  const list = { asked, columns, openedId: search.record, onOpen: open };
  return (
    <>
      {isTail ? null : <StatusHistogram query={histogram} />}
      <div className="logs-body" data-tail={isTail}>
        <LogFacets
          asked={asked}
          added={search.facet}
          onQuery={onQuery}
          onAdded={(fields) => change({ facet: fields }, true)}
        />
        <Stack gap={4} miw={0}>
          <Group justify="space-between" gap="xs" mih={30}>
            <Group gap="sm">
              <Switch
                size="sm"
                label={t("tail.switch")}
                checked={isTail}
                onChange={(event) => change({ tail: event.currentTarget.checked || undefined })}
              />
              {isTail ? null : <OrderControl order={search.order ?? "desc"} />}
            </Group>
            <Group gap="xs">
              <ColumnsMenu columns={columns} onChange={setColumns} />
            </Group>
          </Group>
          {isTail ? (
            <LiveTail {...list} />
          ) : (
            <LogList
              {...list}
              order={search.order ?? "desc"}
              histogram={histogram}
              onError={onError}
              onQuery={onQuery}
            />
          )}
        </Stack>
      </div>
      <RecordPanel
        id={search.record}
        tab={search.tab}
        query={asked.query}
        columns={columns}
        onQuery={onQuery}
        onColumns={setColumns}
      />
    </>
  );
}

function OrderControl({ order }: { order: "asc" | "desc" }) {
  const { t } = useTranslation("logs");
  const change = useSearchChange();
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed" className="logs-order-label">
        {t("order.label")}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={t("order.label")}
        value={order}
        onChange={(next) => change({ order: next === "asc" ? "asc" : undefined }, true)}
        data={[
          { value: "desc", label: t("order.newest") },
          { value: "asc", label: t("order.oldest") },
        ]}
      />
    </Group>
  );
}
