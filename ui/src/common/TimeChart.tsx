/**
 * Values over time. Dragging zooms the time range of the page; hovering shows the values with
 * units; for screen readers and keyboards the same values are a summary and a table.
 */
import { Group, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { SERIES_COLORS } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import { useSetTimeRange } from "@/shell/use-time-range";
import { ChartTable } from "./ChartTable";
import { chartOptions } from "./time-chart-options";
import "./time-chart.css";

export interface TimeSeries {
  name: string;
  values: (number | null)[];
  color?: string;
}

export interface TimeChartProps {
  title: string;
  timesMs: number[];
  series: TimeSeries[];
  format: (value: number) => string;
  height?: number;
  kind?: "line" | "bars" | "area" | "stacked-bars";
  /** Where ticks are: bytes are counted in powers of two. */
  unit?: "bytes";
  onZoom?: (fromMs: number, toMs: number) => void;
  markers?: ChartMarker[];
  /** A click on the line of a marker; whoever sets it has another way there for keyboards. */
  onMarkerClick?: (marker: ChartMarker) => void;
}

export interface ChartMarker {
  timeMs: number;
  label: string;
}

export type ColoredSeries = TimeSeries & { color: string };

export function TimeChart(props: TimeChartProps) {
  const { title, series, height = 180, timesMs } = props;
  const { t } = useTranslation();
  const [isTable, setIsTable] = useState(false);
  const colored = useMemo(
    () =>
      series.map((it, index) => ({
        ...it,
        color: it.color ?? SERIES_COLORS[index % SERIES_COLORS.length] ?? SERIES_COLORS[0],
      })),
    [series],
  );
  return (
    <figure className="time-chart">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text component="figcaption" size="sm" fw={600}>
          {title}
        </Text>
        <UnstyledButton className="time-chart-toggle" onClick={() => setIsTable(!isTable)}>
          {isTable ? t("chart.as_chart") : t("chart.as_table")}
        </UnstyledButton>
      </Group>
      {isTable ? (
        <ChartTable {...props} />
      ) : (
        <>
          <Summary series={colored} format={props.format} />
          {timesMs.length === 0 ? (
            <div className="time-chart-empty" style={{ height }}>
              {t("chart.empty")}
            </div>
          ) : (
            <Plot {...props} series={colored} height={height} />
          )}
          {series.length > 1 ? <Legend series={colored} /> : null}
        </>
      )}
    </figure>
  );
}

function Legend({ series }: { series: ColoredSeries[] }) {
  return (
    <ul className="time-chart-legend">
      {series.map((it) => (
        <li key={it.name}>
          <i style={{ background: it.color }} aria-hidden="true" />
          <span className="wrap-anywhere">{it.name}</span>
        </li>
      ))}
    </ul>
  );
}

function Summary({ series, format }: { series: ColoredSeries[]; format: (n: number) => string }) {
  const { t } = useTranslation();
  return (
    <VisuallyHidden>
      <ul>
        {series.map(({ name, values }) => {
          const known = values.filter((value) => value !== null);
          const last = known.at(-1);
          return (
            <li key={name}>
              {last === undefined
                ? t("chart.summary_empty", { name })
                : t("chart.summary", {
                    name,
                    last: format(last),
                    min: format(known.reduce((a, b) => Math.min(a, b))),
                    max: format(known.reduce((a, b) => Math.max(a, b))),
                  })}
            </li>
          );
        })}
      </ul>
    </VisuallyHidden>
  );
}

type PlotProps = TimeChartProps & { series: ColoredSeries[]; height: number };

function Plot(props: PlotProps) {
  const { series, timesMs, height, kind = "line" } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const setTimeRange = useSetTimeRange();
  const formats = useFormat();
  const latest = useRef({ ...props, formats, setTimeRange });
  latest.current = { ...props, formats, setTimeRange };

  // The chart is built again only when its shape changes; new values go into the same chart.
  const shape = JSON.stringify([series.map((it) => [it.name, it.color]), kind, height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for what it is made of
  useEffect(() => {
    const element = frame.current;
    if (element === null) {
      return;
    }
    const built = new uPlot(
      chartOptions(latest, element.clientWidth, height),
      plotData(latest.current),
      element,
    );
    plot.current = built;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) {
        built.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, [shape, formats]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: reads the newest values
  useEffect(() => {
    plot.current?.setData(plotData(latest.current));
  }, [timesMs, series]);
  return <div ref={frame} className="time-chart-plot" style={{ height }} aria-hidden="true" />;
}

/** Seconds and values; stacked bars are drawn from the sum downwards. */
function plotData({ timesMs, series, kind }: PlotProps): uPlot.AlignedData {
  const seconds = timesMs.map((timeMs) => timeMs / 1000);
  if (kind !== "stacked-bars") {
    return [seconds, ...series.map((it) => it.values)];
  }
  const sums = seconds.map(() => 0);
  const stacked = series.map((it) =>
    it.values.map((value, index) => {
      const sum = (sums[index] ?? 0) + (value ?? 0);
      sums[index] = sum;
      return sum;
    }),
  );
  return [seconds, ...stacked.reverse()];
}
