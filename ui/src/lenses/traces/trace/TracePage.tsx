/** One trace: header, spans, logs, and the details of a span at the right. */
import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import type { LoadedTrace } from "./load-trace";
import { SpanPanel } from "./SpanPanel";
import { serviceColors } from "./service-colors";
import { TraceHeader } from "./TraceHeader";
import { TraceLogs } from "./TraceLogs";
import { TraceNotFound } from "./TraceNotFound";
import { TraceProblems } from "./TraceProblems";
import { TraceSpans } from "./TraceSpans";
import { traceQuery } from "./trace-query";
import { nameOf, recordedNs, rowOfSpan, type TraceTree } from "./tree";
import "../traces.css";
import "./trace.css";

const route = getRouteApi("/shell/traces/$traceId");

export default function TracePage() {
  const { t } = useTranslation("traces");
  const { traceId } = route.useParams();
  const query = useQuery(traceQuery(traceId.toLowerCase()));
  const isMissing = query.error instanceof ApiError && query.error.status === 404;
  if (isMissing && query.data === undefined) {
    return (
      <Page title={t("trace.title")}>
        <TraceNotFound traceId={traceId} />
      </Page>
    );
  }
  if (query.data === undefined) {
    return (
      <Page title={t("trace.title")}>
        <QueryBoundary query={query}>{() => null}</QueryBoundary>
      </Page>
    );
  }
  return <QueryBoundary query={query}>{(loaded) => <Loaded loaded={loaded} />}</QueryBoundary>;
}

/** The search parameters that name a row; `at` only where the id alone does not. */
function parametersOf(tree: TraceTree, row: number | undefined) {
  if (row === undefined) {
    return { span: undefined, at: undefined };
  }
  const span = tree.spanIds[row];
  return { span, at: rowOfSpan(tree, span) === row ? undefined : recordedNs(tree, row) };
}

function Loaded({ loaded }: { loaded: LoadedTrace }) {
  const { t } = useTranslation("traces");
  const { facts, tree, shares } = loaded;
  const { span, at, tab = "spans" } = route.useSearch();
  const change = useSearchChange();
  const colors = useMemo(() => serviceColors(facts.services), [facts]);
  const open = useCallback(
    (row: number | undefined, replace = false) => change(parametersOf(tree, row), replace),
    [change, tree],
  );
  const opened = useMemo(() => rowOfSpan(tree, span, at), [tree, span, at]);
  const root = facts.main_root ?? 0;
  return (
    <Page
      title={nameOf(tree, root) || t("trace.title")}
      header={<TraceHeader facts={facts} shares={shares} colors={colors} />}
    >
      <TraceProblems facts={facts} shown={tree.count} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => change({ tab: next === "logs" ? "logs" : undefined }, true)}
      >
        <Tabs.List>
          <Tabs.Tab value="spans">{t("trace.spans_tab")}</Tabs.Tab>
          <Tabs.Tab value="logs">{t("trace.logs_tab")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="spans" pt="sm">
          <TraceSpans loaded={loaded} colors={colors} opened={opened} onOpen={open} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" pt="sm">
          <TraceLogs loaded={loaded} onOpenSpan={open} />
        </Tabs.Panel>
      </Tabs>
      <SpanPanel loaded={loaded} row={opened} colors={colors} onOpen={open} />
    </Page>
  );
}
