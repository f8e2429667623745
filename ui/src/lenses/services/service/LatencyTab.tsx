/** How long requests take: a histogram with the percentiles marked, or the same as a table. */
import { Group, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import type { Texts } from "../figure-columns";
import { type LatencyDistribution, latencyQuery, useAsked } from "../services-api";
import { boxText } from "./hit-box";
import { LatencyChart } from "./LatencyChart";
import { type LatencyBin, latencyBins } from "./latency-bins";

const BINS_MAX = 100;

interface LatencyTabProps {
  service: string;
  endpoint: string | undefined;
  /** In a side panel. */
  height?: number;
}

export function LatencyTab({ service, endpoint, height = 260 }: LatencyTabProps) {
  const { t } = useTranslation("services");
  const query = useQuery(latencyQuery(useAsked(), service, endpoint));
  return (
    <QueryBoundary
      query={query}
      isEmpty={({ buckets }) => buckets.every(({ requests }) => requests === 0)}
      empty={<EmptyState title={t("latency.empty")} text={t("empty.text")} />}
    >
      {(distribution) => <Distribution distribution={distribution} height={height} />}
    </QueryBoundary>
  );
}

interface DistributionProps {
  distribution: LatencyDistribution;
  height: number;
}

function Distribution({ distribution, height }: DistributionProps) {
  const { t } = useTranslation();
  const { t: texts } = useTranslation("services");
  const format = useFormat();
  const [isTable, setIsTable] = useState(false);
  const change = useSearchChange();
  const axis = useMemo(() => latencyBins(distribution.buckets, BINS_MAX), [distribution]);
  const openHits = ({ fromMs, toMs }: LatencyBin) =>
    change({ tab: "hits", box: boxText({ minMs: rounded(fromMs), maxMs: rounded(toMs) }) });
  const { requests } = distribution.figures;
  return (
    <figure className="card latency-figure">
      <Group justify="space-between" gap="xs" wrap="nowrap" mb="xs">
        <Text component="figcaption" size="sm" fw={600}>
          {texts("latency.title", { requests: format.count(requests) })}
        </Text>
        <UnstyledButton className="time-chart-toggle" onClick={() => setIsTable(!isTable)}>
          {isTable ? t("chart.as_chart") : t("chart.as_table")}
        </UnstyledButton>
      </Group>
      {isTable ? (
        <BinTable bins={axis.bins} requests={requests} onOpen={openHits} height={height} />
      ) : (
        <LatencyChart
          axis={axis}
          figures={distribution.figures}
          height={height}
          onOpen={openHits}
        />
      )}
      <Text size="xs" c="dimmed" mt="xs">
        {texts("latency.hint")}
      </Text>
    </figure>
  );
}

function rounded(ms: number): number {
  return Number(ms.toPrecision(4));
}

interface BinTableProps {
  bins: readonly LatencyBin[];
  requests: number;
  height: number;
  onOpen: (bin: LatencyBin) => void;
}

function BinTable({ bins, requests, height, onOpen }: BinTableProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const filled = bins.filter((bin) => bin.requests > 0);
  return (
    <DataTable
      label={t("tab.latency")}
      rows={filled}
      columns={binColumns(t as Texts, format, requests)}
      rowKey={(bin) => String(bin.fromMs)}
      onOpen={onOpen}
      csvName="latency"
      height={height}
    />
  );
}

function binColumns(t: Texts, format: Formats, requests: number): Column<LatencyBin>[] {
  const share = (bin: LatencyBin) => (requests > 0 ? (100 * bin.requests) / requests : null);
  const duration = (key: "fromMs" | "toMs", header: string): Column<LatencyBin> => ({
    key,
    header,
    value: (bin) => bin[key],
    cell: (bin) => format.durationMs(bin[key]),
    align: "right",
    width: 110,
  });
  const count = (key: "requests" | "errors", header: string): Column<LatencyBin> => ({
    key,
    header,
    value: (bin) => bin[key],
    cell: (bin) => format.count(bin[key]),
    align: "right",
    width: 110,
  });
  return [
    duration("fromMs", t("latency.from")),
    duration("toMs", t("latency.to")),
    count("requests", t("column.requests")),
    count("errors", t("column.errors")),
    {
      key: "share",
      header: t("latency.share"),
      value: share,
      cell: (bin) => format.percent(share(bin)),
      align: "right",
      width: 110,
    },
  ];
}
