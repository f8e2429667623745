/** One trace: header, waterfall, logs, and the details of a span at the right. */
import { Alert, Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type Schemas } from "@/api/client";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { SpanPanel } from "./SpanPanel";
import { serviceColors } from "./service-colors";
import { TraceHeader } from "./TraceHeader";
import { TraceLogs } from "./TraceLogs";
import { TraceNotFound } from "./TraceNotFound";
import { traceQuery } from "./trace-query";
import { buildTree, serviceShares } from "./tree";
import { Waterfall } from "./Waterfall";
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
  return <QueryBoundary query={query}>{(trace) => <LoadedTrace trace={trace} />}</QueryBoundary>;
}

function LoadedTrace({ trace }: { trace: Schemas["Trace"] }) {
  const { t } = useTranslation("traces");
  const { span: openedId, tab = "spans" } = route.useSearch();
  const change = useSearchChange();
  const format = useFormat();
  const tree = useMemo(() => buildTree(trace.spans), [trace]);
  const shares = useMemo(() => serviceShares(tree.rows), [tree]);
  const colors = useMemo(() => serviceColors(shares.map((it) => it.service)), [shares]);
  const openSpan = useCallback(
    (span: string | undefined, replace = false) => change({ span }, replace),
    [change],
  );
  const root = tree.rows.find((row) => row.span !== null)?.span;
  const openedIndex = openedId === undefined ? undefined : tree.indexById.get(openedId);
  const opened = openedIndex === undefined ? undefined : tree.rows[openedIndex];
  return (
    <Page
      title={root === undefined || root === null ? t("trace.title") : root.name}
      header={<TraceHeader trace={trace} shares={shares} colors={colors} />}
    >
      {trace.truncated ? (
        <Alert variant="light" color="yellow" p="xs">
          {t("trace.truncated", { number: format.count(trace.spans.length) })}
        </Alert>
      ) : null}
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
          <Waterfall tree={tree} colors={colors} openedId={openedId} onOpen={openSpan} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" pt="sm">
          <TraceLogs trace={trace} tree={tree} onOpenSpan={openSpan} />
        </Tabs.Panel>
      </Tabs>
      <Stack gap={0}>
        <SpanPanel trace={trace} row={opened} tree={tree} colors={colors} onOpen={openSpan} />
      </Stack>
    </Page>
  );
}
