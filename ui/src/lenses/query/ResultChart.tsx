/** A result as lines over time, or as bars by category. */
import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { TimeChart } from "@/common/TimeChart";
import { useFormat } from "@/design/use-format";
import { barData, type ChartSetting, lineData } from "./chart-choice";
import type { Result } from "./run-query";

const LINE_HEIGHT = 340;

interface ResultChartProps {
  result: Result;
  setting: ChartSetting;
}

export function ResultChart({ result, setting }: ResultChartProps) {
  return (
    <div className="card">
      {setting.kind === "line" ? (
        <Lines result={result} setting={setting} />
      ) : (
        <Bars result={result} setting={setting} />
      )}
    </div>
  );
}

function Lines({ result, setting }: ResultChartProps) {
  const { t } = useTranslation("query");
  const format = useFormat();
  const data = useMemo(() => lineData(result.columns, result.rows, setting), [result, setting]);
  return (
    <>
      <TimeChart
        title={(setting.y ?? []).join(", ")}
        timesMs={data.timesMs}
        series={data.series}
        format={format.number}
        height={LINE_HEIGHT}
      />
      {data.hidden > 0 ? (
        <Text size="xs" c="dimmed">
          {t("chart.hidden_series", { count: data.hidden })}
        </Text>
      ) : null}
    </>
  );
}

function Bars({ result, setting }: ResultChartProps) {
  const { t } = useTranslation("query");
  const format = useFormat();
  const data = useMemo(() => barData(result.columns, result.rows, setting), [result, setting]);
  const most = data.bars.reduce((largest, bar) => Math.max(largest, Math.abs(bar.value)), 0);
  return (
    <>
      <Text size="sm" fw={600} mb="xs">
        {t("chart.bars_title", { y: setting.y?.[0] ?? "", x: setting.x ?? "" })}
      </Text>
      <ul className="bars">
        {data.bars.map((bar, index) => (
          <li key={index}>
            <span className="bar-name" title={bar.name}>
              {bar.name}
            </span>
            <span className="bar-track" aria-hidden="true">
              <span
                data-negative={bar.value < 0}
                style={{ width: `${most === 0 ? 0 : (100 * Math.abs(bar.value)) / most}%` }}
              />
            </span>
            <span className="bar-value num">{format.number(bar.value)}</span>
          </li>
        ))}
      </ul>
      {data.hidden > 0 ? (
        <Text size="xs" c="dimmed" mt="xs">
          {t("chart.hidden_bars", { count: data.hidden })}
        </Text>
      ) : null}
    </>
  );
}
