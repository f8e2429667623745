/** The editor with its actions, and the result under it. */
import { Badge, Button, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { useSearchChange } from "@/common/use-search-change";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import type { ChartSetting } from "./chart-choice";
import { writeDraft } from "./drafts";
import { EXAMPLES } from "./examples";
import { QueryActions } from "./QueryActions";
import { QueryEditor } from "./QueryEditor";
import { errorPlace, ResultPanel } from "./ResultPanel";
import type { QuerySearch } from "./routes";
import { useRunQuery } from "./run-query";
import { SaveDialog } from "./SaveDialog";
import type { SavedView } from "./saved-views";
import { useWrittenSql } from "./use-written-sql";
import { ViewsDrawer } from "./ViewsDrawer";

interface QueryWorkspaceProps {
  view: SavedView | undefined;
  search: QuerySearch;
}

/** The chart in the URL, else that of the saved view. */
function useChart(view: SavedView | undefined, search: QuerySearch) {
  const { chart: kind, x, y, series } = search;
  const change = useSearchChange();
  const chart = useMemo((): Partial<ChartSetting> => {
    return kind === undefined ? (view?.chart ?? {}) : { kind, x, y, series };
  }, [kind, x, y, series, view]);
  const setChart = useCallback(
    (next: ChartSetting) =>
      change({ chart: next.kind, x: next.x, y: next.y, series: next.series }, true),
    [change],
  );
  return { chart, setChart, isChanged: kind !== undefined };
}

/** Runs at once what a link brings, and again when the range or environment that is used changes. */
function useRuns(initialSql: string) {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const { run, start, cancel, clear } = useRunQuery();
  const values = useMemo(() => ({ fromMs, toMs, environment }), [fromMs, toMs, environment]);
  const latest = useRef({ run, values, initialSql });
  latest.current = { run, values, initialSql };
  const runSql = useCallback(
    (sql: string) => {
      if (sql.trim() === "") {
        clear();
      } else {
        void start(sql, latest.current.values);
      }
    },
    [start, clear],
  );
  useEffect(() => runSql(latest.current.initialSql), [runSql]);
  const ranWith = useRef(values);
  useEffect(() => {
    const { sent, written, status } = latest.current.run;
    if (ranWith.current !== values && status !== "cancelled" && (sent?.used.size ?? 0) > 0) {
      runSql(written);
    }
    ranWith.current = values;
  }, [values, runSql]);
  return { run, runSql, cancel };
}

/** The SQL that is written, and its runs. */
function useQueryText(view: SavedView | undefined, q: string | undefined) {
  const onReplaced = useRef<(sql: string) => void>(() => {});
  const written = useWrittenSql(view, q, (text) => onReplaced.current(text));
  const { sql, write, keep } = written;
  const { run, runSql, cancel } = useRuns(sql);
  onReplaced.current = runSql;
  const runNow = () => {
    keep(sql);
    runSql(sql);
  };
  const choose = (text: string) => {
    write(text);
    keep(text);
    runSql(text);
  };
  return { ...written, run, cancel, runNow, choose };
}

export function QueryWorkspace({ view, search }: QueryWorkspaceProps) {
  const { t } = useTranslation("query");
  const navigate = useNavigate();
  const { chart, setChart, isChanged: isChartChanged } = useChart(view, search);
  const text = useQueryText(view, search.q);
  const { sql, run, runNow, choose } = text;
  const [dialog, setDialog] = useState<"save" | "views" | null>(null);
  const isChanged = view !== undefined && (sql !== view.sql || isChartChanged);
  const mark = useMemo(() => errorPlace(run), [run]);
  const openView = (saved: SavedView) => {
    setDialog(null);
    writeDraft(saved.id, undefined);
    if (saved.id === view?.id) {
      text.write(saved.sql);
    }
    void navigate({ to: "/query/$viewId", params: { viewId: saved.id } });
  };
  return (
    <Page
      title={view === undefined ? t("title") : view.title || view.id}
      actions={
        <QueryActions
          view={view}
          sql={sql}
          onSave={() => setDialog("save")}
          onViews={() => setDialog("views")}
          onExample={choose}
        />
      }
      header={<ViewLine view={view} isChanged={isChanged} onRevert={text.revert} />}
    >
      <QueryEditor
        sql={sql}
        onChange={text.write}
        onRun={runNow}
        onCancel={text.cancel}
        run={run}
        mark={mark}
      />
      {run.status === "idle" ? (
        <Examples onChoose={choose} />
      ) : (
        <ResultPanel run={run} chart={chart} onChart={setChart} onRetry={runNow} />
      )}
      <Dialogs
        dialog={dialog}
        onClose={() => setDialog(null)}
        view={view}
        sql={sql}
        chart={chart}
        revision={text.baseRevision}
        onOpen={openView}
      />
    </Page>
  );
}

interface DialogsProps {
  dialog: "save" | "views" | null;
  onClose: () => void;
  view: SavedView | undefined;
  sql: string;
  chart: Partial<ChartSetting>;
  revision: () => number;
  onOpen: (view: SavedView) => void;
}

function Dialogs(props: DialogsProps) {
  const { dialog, onClose, view, chart, onOpen } = props;
  const navigate = useNavigate();
  return (
    <>
      <SaveDialog
        opened={dialog === "save"}
        onClose={onClose}
        view={view}
        revision={props.revision}
        sql={props.sql}
        chart={chart.kind === undefined ? undefined : { ...chart, kind: chart.kind }}
        onSaved={onOpen}
      />
      <ViewsDrawer
        opened={dialog === "views"}
        onClose={onClose}
        openedId={view?.id}
        onDeleted={(gone) => gone.id === view?.id && void navigate({ to: "/query" })}
      />
    </>
  );
}

interface ViewLineProps {
  view: SavedView | undefined;
  isChanged: boolean;
  onRevert: () => void;
}

function ViewLine({ view, isChanged, onRevert }: ViewLineProps) {
  const { t } = useTranslation("query");
  const change = useSearchChange();
  if (view === undefined || (view.description === "" && !isChanged)) {
    return null;
  }
  const revert = () => {
    onRevert();
    change({ chart: undefined, x: undefined, y: undefined, series: undefined }, true);
  };
  return (
    <div className="view-line">
      {isChanged ? (
        <>
          <Badge variant="outline" color="gray" radius="sm" className="unsaved">
            {t("unsaved")}
          </Badge>
          <Button variant="subtle" size="compact-xs" onClick={revert}>
            {t("revert")}
          </Button>
        </>
      ) : null}
      <Text size="sm" className="wrap-anywhere">
        {view.description}
      </Text>
    </div>
  );
}

function Examples({ onChoose }: { onChoose: (sql: string) => void }) {
  const { t } = useTranslation("query");
  return (
    <EmptyState title={t("start.title")} text={t("start.text")}>
      <ul className="example-list">
        {EXAMPLES.map((example) => (
          <li key={example.key}>
            <Button variant="default" onClick={() => onChoose(example.sql)}>
              {t(`example.${example.key}`)}
            </Button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
