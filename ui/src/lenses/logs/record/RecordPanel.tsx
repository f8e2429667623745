/** One record beside the list: everything known about it, and what happened around it. */
import { ActionIcon, Alert, Button, Group, Stack, Tabs, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconHierarchy2, IconLink, IconListTree } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { CopyButton } from "@/common/CopyButton";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { onlyValue } from "@/common/search-bar/query-edits";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useTimeRange } from "@/shell/use-time-range";
import { type LogRecord, recordQuery } from "../logs-api";
import { PatternText } from "../patterns/PatternText";
import type { RecordTab } from "../routes";
import { StatusMark } from "../status";
import { ContextTab } from "./ContextTab";
import { RecordValues } from "./RecordValues";
import { TraceTab } from "./TraceTab";

export interface RecordActions {
  query: string;
  columns: readonly string[];
  onQuery: (query: string) => void;
  onColumns: (columns: string[]) => void;
}

interface RecordPanelProps extends RecordActions {
  id: string | undefined;
  tab: RecordTab | undefined;
}

const PANEL_WIDTH = 640;

export function RecordPanel(props: RecordPanelProps) {
  const { id } = props;
  const { t } = useTranslation("logs");
  const change = useSearchChange();
  return (
    <SidePanel
      opened={id !== undefined}
      title={t("record.title")}
      size={PANEL_WIDTH}
      onClose={() => change({ record: undefined, tab: undefined })}
    >
      {id === undefined ? null : <Record key={id} {...props} id={id} />}
    </SidePanel>
  );
}

function Record(props: RecordPanelProps & { id: string }) {
  const query = useQuery(recordQuery(props.id));
  return (
    <QueryBoundary query={query}>
      {(record) => <Details {...props} record={record} />}
    </QueryBoundary>
  );
}

type DetailsProps = RecordPanelProps & { record: LogRecord };

function Details(props: DetailsProps) {
  const { record, tab } = props;
  const { t } = useTranslation("logs");
  const change = useSearchChange();
  const traceId = record.trace_id ?? "";
  return (
    <Stack gap="sm">
      <Head record={record} />
      <Message text={record.message} />
      {record.pipeline_error === null ? null : (
        <Alert color="yellow" variant="light" p="xs" title={t("record.pipeline_error")}>
          <span className="wrap-anywhere">{record.pipeline_error}</span>
        </Alert>
      )}
      <Ways {...props} />
      <Tabs
        value={tab ?? "details"}
        keepMounted={false}
        onChange={(next) => change({ tab: next === "details" ? undefined : next }, true)}
      >
        <Tabs.List>
          <Tabs.Tab value="details">{t("record.tab.details")}</Tabs.Tab>
          <Tabs.Tab value="json">{t("record.tab.json")}</Tabs.Tab>
          <Tabs.Tab value="context">{t("record.tab.context")}</Tabs.Tab>
          {traceId === "" ? null : <Tabs.Tab value="trace">{t("record.tab.trace")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="details" pt="sm">
          <RecordValues {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="json" pt="sm">
          <CodeBlock code={JSON.stringify(record, null, 2)} label={t("record.tab.json")} />
        </Tabs.Panel>
        <Tabs.Panel value="context" pt="sm">
          <ContextTab id={record.id} />
        </Tabs.Panel>
        {traceId === "" ? null : (
          <Tabs.Panel value="trace" pt="sm">
            <TraceTab record={record} traceId={traceId} />
          </Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}

function Head({ record }: { record: LogRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap">
      <Group gap="sm">
        <StatusMark status={record.status} />
        <Text size="sm" className="num">
          {format.time(record.time_ms, "millisecond")}
        </Text>
        {record.severity_text === null || record.severity_text === "" ? null : (
          <Text size="sm" c="dimmed" className="wrap-anywhere">
            {t("record.severity", { text: record.severity_text })}
          </Text>
        )}
      </Group>
      <CopyLink record={record} />
    </Group>
  );
}

/** The link holds the times themselves: "the last hour" is another hour for who opens it later. */
function CopyLink({ record }: { record: LogRecord }) {
  const { t } = useTranslation("logs");
  const clipboard = useClipboard({ timeout: 2000 });
  const { fromMs, toMs } = useTimeRange();
  const copy = () => {
    const address = new URL(window.location.href);
    address.searchParams.set("from", String(Math.round(fromMs)));
    address.searchParams.set("to", String(Math.round(toMs)));
    address.searchParams.set("record", record.id);
    address.searchParams.delete("tail");
    clipboard.copy(address.href);
  };
  const name = t(clipboard.copied ? "record.link_copied" : "record.copy_link");
  return (
    <Tooltip label={name}>
      <ActionIcon variant="subtle" color="gray" aria-label={name} onClick={copy}>
        {clipboard.copied ? <IconCheck size={16} /> : <IconLink size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Message({ text }: { text: string }) {
  const { t } = useTranslation("logs");
  return (
    <div className="log-message">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} role="region" aria-label={t("field.message")}>
        {text}
      </pre>
      <CopyButton text={text} label={t("record.copy_message")} />
    </div>
  );
}

/** From here to the trace, the service, the host and the pattern. */
function Ways({ record, query, onQuery }: DetailsProps) {
  const { t } = useTranslation("logs");
  const { trace_id: traceId, span_id: spanId, service, host, pattern_id: patternId } = record;
  const filters = [
    { field: "service", value: service },
    { field: "host", value: host },
  ].filter((it): it is { field: string; value: string } => (it.value ?? "") !== "");
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {traceId === null || traceId === "" ? null : (
          <Button
            component={Link}
            to="/traces/$traceId"
            params={{ traceId } as never}
            search={(spanId === null || spanId === "" ? {} : { span: spanId }) as never}
            variant="default"
            leftSection={<IconListTree size={16} aria-hidden />}
          >
            {t("record.open_trace")}
          </Button>
        )}
        {service === null || service === "" ? null : (
          <Button
            component={Link}
            to="/services"
            search={{ service } as never}
            variant="default"
            leftSection={<IconHierarchy2 size={16} aria-hidden />}
          >
            {t("record.open_service")}
          </Button>
        )}
        {filters.map(({ field, value }) => (
          <Button
            key={field}
            variant="default"
            maw={260}
            title={value}
            onClick={() => onQuery(onlyValue(query, field, value))}
          >
            {t("record.only", { field, value })}
          </Button>
        ))}
      </Group>
      {record.pattern === null || patternId === null ? null : (
        <div className="log-record-pattern">
          <PatternText pattern={record.pattern} />
          <Button
            size="compact-xs"
            variant="light"
            onClick={() => onQuery(onlyValue(query, "pattern_id", patternId))}
          >
            {t("record.same_pattern")}
          </Button>
        </div>
      )}
    </Stack>
  );
}
