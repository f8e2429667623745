/** Requests of the hit map as rows, each leading to its trace. */
import { Group, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { type Formats, useFormat } from "@/design/use-format";
import type { Texts } from "../figure-columns";
import type { HitMap } from "../services-api";

interface Hit {
  at: number;
  traceId: string;
  spanId: string;
  timeMs: number;
  durationMs: number;
  failed: boolean;
  endpoint: string;
}

interface HitTableProps {
  hits: HitMap;
  csvName: string;
  note: string | undefined;
  children: ReactNode;
}

export function hitRows(hits: HitMap): Hit[] {
  return hits.times_ms.map((timeMs, at) => ({
    at,
    timeMs,
    traceId: hits.trace_ids[at] ?? "",
    spanId: hits.span_ids[at] ?? "",
    durationMs: hits.durations_ms[at] ?? 0,
    failed: hits.failed[at] ?? false,
    endpoint: hits.endpoints[at] ?? "",
  }));
}

export function HitTable({ hits, csvName, note, children }: HitTableProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const navigate = useNavigate();
  const rows = useMemo(() => hitRows(hits), [hits]);
  const columns = useMemo(() => hitColumns(t as Texts, format), [t, format]);
  return (
    <DataTable
      label={t("hits.list")}
      rows={rows}
      columns={columns}
      rowKey={(hit) => `${hit.at}`}
      onOpen={({ traceId, spanId }) =>
        void navigate({
          to: "/traces/$traceId",
          params: { traceId },
          search: { span: spanId } as never,
        })
      }
      initialSort={{ key: "duration", descending: true }}
      csvName={csvName}
      height={420}
      toolbar={
        <Group gap="sm">
          {children}
          {note === undefined ? null : (
            <Text size="xs" c="dimmed">
              {note}
            </Text>
          )}
        </Group>
      }
    />
  );
}

function hitColumns(t: Texts, format: Formats): Column<Hit>[] {
  return [
    {
      key: "time",
      header: t("hits.time"),
      value: (hit) => hit.timeMs,
      cell: (hit) => format.time(hit.timeMs, "millisecond"),
      width: 190,
    },
    {
      key: "duration",
      header: t("hits.duration"),
      value: (hit) => hit.durationMs,
      cell: (hit) => format.durationMs(hit.durationMs),
      align: "right",
      width: 110,
    },
    {
      key: "outcome",
      header: t("hits.outcome"),
      value: (hit) => t(hit.failed ? "hits.failed" : "hits.ok"),
      cell: (hit) => (
        <span className={hit.failed ? "text-error" : undefined}>
          {hit.failed ? `✕ ${t("hits.failed")}` : t("hits.ok")}
        </span>
      ),
      width: 110,
    },
    {
      key: "endpoint",
      header: t("column.endpoint"),
      value: (hit) => hit.endpoint,
      cell: (hit) => <span title={hit.endpoint}>{hit.endpoint}</span>,
      width: 200,
      grow: 2,
    },
    {
      key: "trace",
      header: t("hits.trace"),
      value: (hit) => hit.traceId,
      cell: (hit) => (
        <Link
          to="/traces/$traceId"
          params={{ traceId: hit.traceId }}
          search={{ span: hit.spanId } as never}
          className="service-link"
          tabIndex={-1}
          onClick={(event) => event.stopPropagation()}
        >
          <code>{hit.traceId.slice(0, 8)}</code>
        </Link>
      ),
      width: 110,
      sortable: false,
    },
  ];
}
