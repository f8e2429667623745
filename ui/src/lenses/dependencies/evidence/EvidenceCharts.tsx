/** When it happened: all calls, and below on a scale of their own those that were slow or failed. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { PaperChart } from "@/common/paper/PaperChart";
import { TimeChart } from "@/common/TimeChart";
import { ERROR_COLOR, SERIES_COLORS, WARNING_COLOR } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import type { Evidence } from "../dependencies-api";
import { timeWithZone } from "./headline";
import { limitText } from "./seconds";

const HEIGHT = 130;

export function EvidenceCharts({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const { series, threshold_ms } = evidence;
  const limit = limitText(threshold_ms, format.settings.language);
  const timesMs = useMemo(
    () => series.calls.map((_, at) => series.from_ms + at * series.bucket_ms),
    [series],
  );
  const charts = useMemo(
    () => [
      {
        title: t("chart.calls"),
        series: [{ name: t("chart.calls"), values: series.calls, color: SERIES_COLORS[0] }],
      },
      {
        title: t("chart.trouble"),
        series: [
          { name: t("chart.over", { limit }), values: series.over, color: WARNING_COLOR },
          { name: t("chart.failed"), values: series.failed, color: ERROR_COLOR },
        ],
      },
    ],
    [t, series, limit],
  );
  return (
    <>
      <div className="card screen-only evidence-charts">
        {charts.map((chart, at) => (
          <TimeChart
            key={chart.title}
            {...chart}
            timesMs={timesMs}
            format={format.count}
            kind={at === 0 ? "bars" : "line"}
            height={HEIGHT}
          />
        ))}
      </div>
      <div className="paper-only">
        {charts.map((chart) => (
          <PaperChart
            key={chart.title}
            {...chart}
            from={timeWithZone(evidence.from_ms, format)}
            to={timeWithZone(evidence.to_ms, format)}
            format={format.count}
          />
        ))}
      </div>
    </>
  );
}
