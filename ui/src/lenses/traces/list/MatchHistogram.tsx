/** Spans that match over time, the failed ones apart; dragging over it chooses the time range. */
import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { TimeChart } from "@/common/TimeChart";
import { ERROR_COLOR, SERIES_COLORS } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import type { TraceHistogram } from "../traces-api";

const HEIGHT = 104;

export function MatchHistogram({ query }: { query: UseQueryResult<TraceHistogram> }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { data, error } = query;
  const chart = useMemo(() => {
    const { from_ms = 0, bucket_ms = 0, ok = [], failed = [] } = data ?? {};
    return {
      timesMs: ok.map((_, at) => from_ms + at * bucket_ms),
      series: [
        { name: t("histogram.failed"), values: failed, color: ERROR_COLOR },
        { name: t("histogram.ok"), values: ok, color: SERIES_COLORS[0] },
      ],
    };
  }, [data, t]);
  if (data === undefined) {
    if (error === null) {
      return <Skeleton height={HEIGHT + 54} radius="sm" />;
    }
    // An error in the search is shown where it was written.
    return searchErrorIn(error) === undefined ? (
      <ErrorBox error={error} onRetry={() => void query.refetch()} />
    ) : null;
  }
  return (
    <div className="card traces-histogram" aria-busy={query.isPlaceholderData}>
      <TimeChart
        title={t("histogram.title", { count: data.total, formatted: format.count(data.total) })}
        timesMs={data.total === 0 ? [] : chart.timesMs}
        series={data.total === 0 ? [] : chart.series}
        format={format.count}
        kind="stacked-bars"
        height={HEIGHT}
      />
    </div>
  );
}
