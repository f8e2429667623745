/**
 * Cost over time as bars in UTC days, credits and refunds below the line. Dragging zooms; hovering
 * shows the amounts; for screen readers and keyboards the same amounts are a table, exact.
 */
import { Group, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { addMoney, type MoneyText, moneyNumber } from "@/common/money";
import { SERIES_COLORS } from "@/design/theme";
import type { Granularity } from "../cost-search";
import { useMoney } from "../marks/use-money";
import { bucketEnd, bucketText } from "./buckets";
import { CostBars } from "./CostBars";
import { CostChartTable } from "./CostChartTable";
import { type Piece, type Scale, scaleOf, stackPieces } from "./stack";
import { useWidth } from "./use-width";

export interface CostSeries {
  name: string;
  amounts: readonly MoneyText[];
  color?: string;
}

export interface CostChartProps {
  title: string;
  /** The title is said by what is around. */
  isTitleHidden?: boolean;
  bucketsMs: readonly number[];
  granularity: Granularity;
  series: readonly CostSeries[];
  currency: string;
  height?: number;
  onZoom?: (fromMs: number, toMs: number) => void;
}

export type DrawnSeries = CostSeries & { color: string };

const FIRST_WIDTH = 640;

export function CostChart(props: CostChartProps) {
  const { title, isTitleHidden = false, bucketsMs, granularity, height = 220, onZoom } = props;
  const { t } = useTranslation("cost");
  const [isTable, setIsTable] = useState(false);
  const series = useMemo(() => colored(props.series), [props.series]);
  const bars = useMemo(
    () =>
      bucketsMs.map((_, at) => stackPieces(series.map((it) => moneyNumber(it.amounts[at] ?? "0")))),
    [bucketsMs, series],
  );
  const scale = useMemo(() => scaleOf(bars), [bars]);
  const zoom = (first: number, last: number) => {
    const [from, to] = [bucketsMs[first], bucketsMs[last]];
    if (from !== undefined && to !== undefined) {
      onZoom?.(from, bucketEnd(to, granularity));
    }
  };
  return (
    <figure className="cost-chart">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text component="figcaption" size="sm" fw={600}>
          {isTitleHidden ? <VisuallyHidden>{title}</VisuallyHidden> : title}
        </Text>
        <UnstyledButton className="cost-chart-toggle" onClick={() => setIsTable(!isTable)}>
          {isTable ? t("chart.as_chart") : t("chart.as_table")}
        </UnstyledButton>
      </Group>
      {isTable ? (
        <CostChartTable {...props} height={height} />
      ) : (
        <Plot
          {...props}
          series={series}
          bars={bars}
          scale={scale}
          height={height}
          zoom={onZoom === undefined ? undefined : zoom}
        />
      )}
    </figure>
  );
}

type PlotProps = Omit<CostChartProps, "series"> & {
  series: readonly DrawnSeries[];
  bars: readonly (readonly Piece[])[];
  scale: Scale;
  height: number;
  zoom: ((first: number, last: number) => void) | undefined;
};

function Plot(props: PlotProps) {
  const { bucketsMs, granularity, series, bars, scale, currency, height, zoom } = props;
  const [frame, width] = useWidth<HTMLDivElement>(FIRST_WIDTH);
  return (
    <div ref={frame} className="cost-chart-plot">
      <Summary {...props} />
      <CostBars
        bucketsMs={bucketsMs}
        granularity={granularity}
        series={series}
        bars={bars}
        scale={scale}
        currency={currency}
        width={width}
        height={height}
        onZoom={zoom}
      />
      {series.length > 1 ? <Legend series={series} /> : null}
    </div>
  );
}

function colored(series: readonly CostSeries[]): DrawnSeries[] {
  return series.map((it, at) => ({
    ...it,
    color: it.color ?? SERIES_COLORS[at % SERIES_COLORS.length] ?? SERIES_COLORS[0],
  }));
}

/** What the bars say, for whoever cannot see them. */
function Summary({ bucketsMs, granularity, series, currency }: CostChartProps) {
  const { t } = useTranslation("cost");
  const money = useMoney(currency);
  const [from, to] = [bucketsMs[0], bucketsMs.at(-1)];
  if (from === undefined || to === undefined) {
    return <p className="cost-chart-empty">{t("chart.empty")}</p>;
  }
  return (
    <VisuallyHidden>
      <ul>
        {series.map(({ name, amounts }) => (
          <li key={name}>
            {t("chart.summary", {
              name,
              from: bucketText(from, granularity),
              to: bucketText(to, granularity),
              total: money.text(addMoney(amounts)),
            })}
          </li>
        ))}
      </ul>
    </VisuallyHidden>
  );
}

function Legend({ series }: { series: readonly DrawnSeries[] }) {
  return (
    <ul className="cost-chart-legend">
      {series.map((it) => (
        <li key={it.name}>
          <i style={{ background: it.color }} aria-hidden="true" />
          <span className="wrap-anywhere">{it.name}</span>
        </li>
      ))}
    </ul>
  );
}
