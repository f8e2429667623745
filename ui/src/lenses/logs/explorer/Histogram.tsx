/** Records over time by status; dragging over it chooses the time range. */
import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { TimeChart } from "@/common/TimeChart";
import { useFormat } from "@/design/use-format";
import type { Histogram } from "../logs-api";
import { knownStatus, STATUS_COLORS, STATUSES } from "../status";

const HEIGHT = 104;

export function StatusHistogram({ query }: { query: UseQueryResult<Histogram> }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { data } = query;
  const chart = useMemo(() => {
    const length = Math.max(0, ...(data?.statuses ?? []).map((it) => it.counts.length));
    const { from_ms = 0, bucket_ms = 0 } = data ?? {};
    const timesMs = Array.from({ length }, (_, at) => from_ms + at * bucket_ms);
    const series = STATUSES.map((status) => {
      const found = data?.statuses.filter((it) => knownStatus(it.status) === status) ?? [];
      const values = timesMs.map((_, at) =>
        found.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0),
      );
      return { name: t(`status.${status}`), values, color: STATUS_COLORS[status] };
    });
    return { timesMs, series: series.filter(({ values }) => values.some((it) => it > 0)) };
  }, [data, t]);
  if (data === undefined) {
    return query.error === null ? <Skeleton height={HEIGHT + 54} radius="sm" /> : null;
  }
  return (
    <div className="card log-histogram">
      <TimeChart
        title={t("histogram.title", { count: data.total, formatted: format.count(data.total) })}
        timesMs={chart.series.length === 0 ? [] : chart.timesMs}
        series={chart.series}
        format={format.count}
        kind="stacked-bars"
        height={HEIGHT}
      />
    </div>
  );
}
