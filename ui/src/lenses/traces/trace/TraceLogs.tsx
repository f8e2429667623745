/** All log records of a trace, in the order of time. */
import { Badge, Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { type Formats, useFormat } from "@/design/use-format";
import type { TraceLog } from "../traces-api";
import { AttributeList } from "./AttributeList";
import type { LoadedTrace } from "./load-trace";
import { afterStartNs } from "./start-ns";
import { traceLogsQuery } from "./trace-query";
import { rowOfSpan } from "./tree";

type Log = TraceLog & { key: string };
type Texts = (key: string, values?: Record<string, unknown>) => string;

interface TraceLogsProps {
  loaded: LoadedTrace;
  onOpenSpan: (row: number) => void;
}

export function TraceLogs({ loaded, onOpenSpan }: TraceLogsProps) {
  const { t } = useTranslation("traces");
  const query = useQuery(traceLogsQuery(loaded.facts.trace_id));
  return (
    <QueryBoundary
      query={query}
      isEmpty={(logs) => logs.length === 0}
      empty={<EmptyState title={t("logs.empty_title")} text={t("logs.empty_text")} />}
    >
      {(logs) => <LogTable logs={logs} loaded={loaded} onOpenSpan={onOpenSpan} />}
    </QueryBoundary>
  );
}

function LogTable({ logs, loaded, onOpenSpan }: TraceLogsProps & { logs: TraceLog[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const [opened, setOpened] = useState<Log | null>(null);
  const rows = useMemo(() => logs.map((log, index) => ({ ...log, key: String(index) })), [logs]);
  const { facts, tree } = loaded;
  const columns = useMemo(
    () => logColumns(facts.start_ns, t as Texts, format),
    [facts.start_ns, t, format],
  );
  const span = rowOfSpan(tree, opened?.span_id ?? undefined);
  return (
    <>
      <DataTable
        label={t("trace.logs_tab")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.key}
        onOpen={setOpened}
        openedKey={opened?.key}
        csvName={`logs-${facts.trace_id}`}
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
            {span === undefined ? null : (
              <Button
                variant="default"
                onClick={() => {
                  setOpened(null);
                  onOpenSpan(span);
                }}
              >
                {t("logs.open_span")}
              </Button>
            )}
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

function logColumns(startNs: string, t: Texts, format: Formats): Column<Log>[] {
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
      value: (row) => afterStartNs(startNs, row.time_ns),
      cell: (row) => signed(afterStartNs(startNs, row.time_ns), format),
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

/** Clocks differ: a record can be older than the first span. */
function signed(ns: number, format: Formats): string {
  return `${ns < 0 ? "−" : "+"}${format.durationNs(Math.abs(ns))}`;
}
