/** All log records of a trace, in the order of time. */
import { Badge, Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { type Formats, useFormat } from "@/design/use-format";
import { AttributeList } from "./AttributeList";
import { traceLogsQuery } from "./trace-query";
import type { TraceTree } from "./tree";

type Log = Schemas["LogRow"] & { key: string };
type Texts = (key: string, values?: Record<string, unknown>) => string;

interface TraceLogsProps {
  trace: Schemas["Trace"];
  tree: TraceTree;
  onOpenSpan: (spanId: string) => void;
}

export function TraceLogs({ trace, tree, onOpenSpan }: TraceLogsProps) {
  const { t } = useTranslation("traces");
  const query = useQuery(traceLogsQuery(trace.trace_id));
  return (
    <QueryBoundary
      query={query}
      isEmpty={(logs) => logs.length === 0}
      empty={<EmptyState title={t("logs.empty_title")} text={t("logs.empty_text")} />}
    >
      {(logs) => <LogTable logs={logs} trace={trace} tree={tree} onOpenSpan={onOpenSpan} />}
    </QueryBoundary>
  );
}

function LogTable({
  logs,
  trace,
  tree,
  onOpenSpan,
}: TraceLogsProps & { logs: Schemas["LogRow"][] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const [opened, setOpened] = useState<Log | null>(null);
  const rows = useMemo(() => logs.map((log, index) => ({ ...log, key: String(index) })), [logs]);
  const columns = useMemo(
    () => logColumns(trace.start_ms, t as Texts, format),
    [trace.start_ms, t, format],
  );
  const spanId = opened?.span_id ?? "";
  return (
    <>
      <DataTable
        label={t("trace.logs_tab")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.key}
        onOpen={setOpened}
        openedKey={opened?.key}
        csvName={`logs-${trace.trace_id}`}
        height="fill"
      />
      <SidePanel opened={opened !== null} onClose={() => setOpened(null)} title={t("logs.record")}>
        {opened === null ? null : (
          <Stack gap="sm">
            <Text size="sm" c="dimmed" className="num">
              {`${format.time(opened.time_ms, "millisecond")} · ${opened.service}`}
            </Text>
            <Severity text={opened.severity} />
            <pre className="log-body">{opened.body}</pre>
            {tree.indexById.has(spanId) ? (
              <Button
                variant="default"
                onClick={() => {
                  setOpened(null);
                  onOpenSpan(spanId);
                }}
              >
                {t("logs.open_span")}
              </Button>
            ) : null}
            <AttributeList attributes={opened.attributes} />
          </Stack>
        )}
      </SidePanel>
    </>
  );
}

function Severity({ text }: { text: string | null | undefined }) {
  const { t } = useTranslation("traces");
  const name = text ?? "";
  const color = /^(err|fatal|crit|alert|emerg|panic)/i.test(name)
    ? "red"
    : /^warn/i.test(name)
      ? "yellow"
      : "gray";
  return (
    <Badge variant="light" color={color} radius="sm" className="severity" autoContrast>
      {name || t("logs.no_severity")}
    </Badge>
  );
}

function logColumns(startMs: number, t: Texts, format: Formats): Column<Log>[] {
  return [
    {
      key: "time",
      header: t("logs.time"),
      value: (row) => row.time_ms,
      cell: (row) => format.time(row.time_ms, "millisecond"),
      width: 190,
    },
    {
      key: "offset",
      header: t("logs.offset"),
      value: (row) => row.time_ms - startMs,
      cell: (row) => `+${format.durationMs(Math.round((row.time_ms - startMs) * 1000) / 1000)}`,
      align: "right",
      width: 100,
    },
    {
      key: "severity",
      header: t("logs.severity"),
      value: (row) => row.severity ?? "",
      cell: (row) => <Severity text={row.severity} />,
      width: 100,
    },
    { key: "service", header: t("logs.service"), value: (row) => row.service, width: 140 },
    {
      key: "body",
      header: t("logs.body"),
      value: (row) => row.body,
      cell: (row) => <span title={row.body}>{row.body}</span>,
      width: 300,
      grow: 1,
    },
  ];
}
