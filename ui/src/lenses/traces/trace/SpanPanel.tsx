/** Everything known about one span. */
import { Alert, Button, Group, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { IconLogs } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { CopyButton } from "@/common/CopyButton";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { AttributeList } from "./AttributeList";
import { logsSearch } from "./log-links";
import { SpanEvents } from "./SpanEvents";
import { traceLogsQuery } from "./trace-query";
import type { Span, TraceTree, TreeRow } from "./tree";
import { knownKind } from "./WaterfallRow";

interface SpanPanelProps {
  trace: Schemas["Trace"];
  tree: TraceTree;
  row: TreeRow | undefined;
  colors: ReadonlyMap<string, string>;
  onOpen: (spanId: string | undefined, replace?: boolean) => void;
}

export function SpanPanel({ trace, tree, row, colors, onOpen }: SpanPanelProps) {
  const span = row?.span ?? undefined;
  return (
    <SidePanel
      opened={span !== undefined}
      onClose={() => onOpen(undefined)}
      title={
        <span className="span-title">
          <i style={{ background: colors.get(span?.service ?? "") }} aria-hidden="true" />
          <span className="wrap-anywhere">{span?.name ?? ""}</span>
        </span>
      }
    >
      {span === undefined || row === undefined ? null : (
        <SpanDetails
          key={span.span_id}
          trace={trace}
          tree={tree}
          row={row}
          span={span}
          onOpen={onOpen}
        />
      )}
    </SidePanel>
  );
}

type DetailsProps = Omit<SpanPanelProps, "row" | "colors"> & { row: TreeRow; span: Span };

function SpanDetails(props: DetailsProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { span, row } = props;
  return (
    <Stack gap="sm">
      <SpanFigures {...props} />
      {span.status === "error" ? (
        <Alert color="red" variant="light" p="xs" title={t("panel.failed")}>
          {span.status_message ? (
            <Text size="sm" className="wrap-anywhere">
              {span.status_message}
            </Text>
          ) : null}
        </Alert>
      ) : null}
      {row.skewNs > 0 ? (
        <Alert color="yellow" variant="light" p="xs">
          {t("panel.skew", { time: format.durationNs(row.skewNs) })}
        </Alert>
      ) : null}
      <LogLinks trace={props.trace} spanId={span.span_id} />
      <SpanTabs {...props} />
    </Stack>
  );
}

function LogLinks({ trace, spanId }: { trace: Schemas["Trace"]; spanId: string }) {
  const { t } = useTranslation("traces");
  const links = [
    { text: t("panel.search_logs"), search: logsSearch(trace, spanId) },
    { text: t("trace.search_logs"), search: logsSearch(trace) },
  ];
  return (
    <Group gap="xs">
      {links.map(({ text, search }) => (
        <Button
          key={text}
          component={Link}
          to="/logs"
          search={search as never}
          variant="default"
          leftSection={<IconLogs size={16} aria-hidden />}
        >
          {text}
        </Button>
      ))}
    </Group>
  );
}

function SpanFigures({ span, row, tree, onOpen }: DetailsProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const parent = tree.rows[row.parent]?.span;
  const figures: [string, string][] = [
    [t("panel.service"), span.service],
    [t("panel.kind"), t(`kind.${knownKind(span.kind)}`)],
    [t("panel.start"), `+${format.durationNs(span.start_offset_ns)}`],
    [t("panel.duration"), format.durationNs(span.duration_ns)],
    [t("panel.self"), format.durationNs(row.selfNs)],
    [t("panel.children"), format.count(row.childCount)],
    [t("panel.scope"), span.scope || "–"],
  ];
  return (
    <dl className="trace-figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{t("panel.span_id")}</dt>
        <dd>
          <Group gap={2} wrap="nowrap">
            <code>{span.span_id}</code>
            <CopyButton text={span.span_id} label={t("panel.copy_span_id")} />
          </Group>
        </dd>
      </div>
      {parent == null ? null : (
        <div>
          <dt>{t("panel.parent")}</dt>
          <dd>
            <Button
              variant="subtle"
              size="compact-sm"
              className="parent-button"
              onClick={() => onOpen(parent.span_id, true)}
            >
              {parent.name}
            </Button>
          </dd>
        </div>
      )}
    </dl>
  );
}

function SpanTabs({ trace, span }: DetailsProps) {
  const { t } = useTranslation("traces");
  const hasEvents = span.events.length > 0;
  return (
    <Tabs
      defaultValue={span.status === "error" && hasEvents ? "events" : "attributes"}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="attributes">{t("panel.attributes")}</Tabs.Tab>
        <Tabs.Tab value="events">{t("panel.events", { count: span.events.length })}</Tabs.Tab>
        <Tabs.Tab value="links">{t("panel.links", { count: span.links.length })}</Tabs.Tab>
        <Tabs.Tab value="logs">{t("panel.logs")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="attributes" pt="sm">
        <SpanAttributes span={span} timeMs={trace.start_ms} />
      </Tabs.Panel>
      <Tabs.Panel value="events" pt="sm">
        <SpanEvents events={span.events} spanStartNs={span.start_offset_ns} />
      </Tabs.Panel>
      <Tabs.Panel value="links" pt="sm">
        <SpanLinks span={span} />
      </Tabs.Panel>
      <Tabs.Panel value="logs" pt="sm">
        <SpanLogs traceId={trace.trace_id} spanId={span.span_id} />
      </Tabs.Panel>
    </Tabs>
  );
}

function SpanAttributes({ span, timeMs }: { span: Span; timeMs: number }) {
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
        attributes={span.attributes}
        filter={filter}
        column="attributes"
        timeMs={timeMs}
      />
      <Text component="h3" size="sm" fw={600}>
        {t("panel.resource")}
      </Text>
      <AttributeList
        attributes={span.resource}
        filter={filter}
        column="resource_attributes"
        timeMs={timeMs}
      />
    </Stack>
  );
}

function SpanLinks({ span }: { span: Span }) {
  const { t } = useTranslation("traces");
  if (span.links.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("panel.no_links")}
      </Text>
    );
  }
  return (
    <ul className="plain-list">
      {span.links.map((link, index) => (
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
