/** Attributes, events, links and logs of a span. */
import { Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import type { SpanDetail } from "../traces-api";
import { AttributeList } from "./AttributeList";
import type { LoadedTrace } from "./load-trace";
import { SpanEvents } from "./SpanEvents";
import { traceLogsQuery } from "./trace-query";
import type { TreeRow } from "./tree";

interface SpanTabsProps {
  loaded: LoadedTrace;
  row: TreeRow;
  detail: SpanDetail;
}

export function SpanTabs({ loaded, row, detail }: SpanTabsProps) {
  const { t } = useTranslation("traces");
  const { facts } = loaded;
  const hasEvents = detail.events.length > 0;
  return (
    <Tabs defaultValue={row.isError && hasEvents ? "events" : "attributes"} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="attributes">{t("panel.attributes")}</Tabs.Tab>
        <Tabs.Tab value="events">{t("panel.events", { count: detail.events.length })}</Tabs.Tab>
        <Tabs.Tab value="links">{t("panel.links", { count: detail.links.length })}</Tabs.Tab>
        <Tabs.Tab value="logs">{t("panel.logs")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="attributes" pt="sm">
        <SpanAttributes detail={detail} timeMs={facts.start_ms} />
      </Tabs.Panel>
      <Tabs.Panel value="events" pt="sm">
        <SpanEvents events={detail.events} />
      </Tabs.Panel>
      <Tabs.Panel value="links" pt="sm">
        <SpanLinks detail={detail} />
      </Tabs.Panel>
      <Tabs.Panel value="logs" pt="sm">
        <SpanLogs traceId={facts.trace_id} spanId={row.spanId} />
      </Tabs.Panel>
    </Tabs>
  );
}

function SpanAttributes({ detail, timeMs }: { detail: SpanDetail; timeMs: number }) {
  const { t } = useTranslation("traces");
  const [filter, setFilter] = useState("");
  return (
    <Stack gap="xs">
      <TextInput
        size="xs"
        aria-label={t("panel.search")}
        placeholder={t("panel.search")}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <AttributeList
        attributes={detail.attributes}
        filter={filter}
        column="attributes"
        timeMs={timeMs}
      />
      <Text component="h3" size="sm" fw={600}>
        {t("panel.resource")}
      </Text>
      <AttributeList
        attributes={detail.resource}
        filter={filter}
        column="resource_attributes"
        timeMs={timeMs}
      />
    </Stack>
  );
}

function SpanLinks({ detail }: { detail: SpanDetail }) {
  const { t } = useTranslation("traces");
  if (detail.links.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("panel.no_links")}
      </Text>
    );
  }
  return (
    <ul className="plain-list">
      {detail.links.map((link, index) => (
        <li key={index}>
          <Link
            to="/traces/$traceId"
            params={{ traceId: link.trace_id }}
            search={{ span: link.span_id } as never}
            className="wrap-anywhere"
          >
            <code>{link.trace_id}</code>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function SpanLogs({ traceId, spanId }: { traceId: string; spanId: string }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const query = useQuery(traceLogsQuery(traceId));
  return (
    <QueryBoundary query={query}>
      {(logs) => {
        const own = logs.filter((log) => log.span_id === spanId);
        return own.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("panel.no_logs")}
          </Text>
        ) : (
          <ul className="plain-list">
            {own.map((log, index) => (
              <li key={index} className="span-log">
                <span className="num span-log-head">
                  {`${format.time(log.time_ms, "millisecond")} ${log.severity ?? ""}`}
                </span>
                <span className="wrap-anywhere">{log.body}</span>
              </li>
            ))}
          </ul>
        );
      }}
    </QueryBoundary>
  );
}
