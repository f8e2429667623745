/** The settings of a uPlot chart: axes, colours, zoom by dragging, and what hovering shows. */
import type { RefObject } from "react";
import uPlot from "uplot";
import type { Formats } from "@/design/use-format";
import { isolatedPoints } from "./isolated-points";
import type { ChartMarker, ColoredSeries, TimeChartProps } from "./TimeChart";

const BAR_WIDTH = 0.85;
const BAR_PIXELS_MAX = 40;
const AXIS_CHARACTER_PIXELS = 6.5;
const DRAG_PIXELS_MIN = 5;
/** Room for two lines: the hour, and the day under it. */
const TIME_AXIS_PIXELS = 42;
const POINT_PIXELS = 5;
/** Half of the last label of the time axis. */
const LAST_LABEL_PIXELS = 18;
/** How far from the line of a marker a click still means it. */
const MARKER_PIXELS = 8;
/** 1, 2, 4, … so that ticks are whole KiB, MiB and GiB. */
const BINARY_STEPS = Array.from({ length: 54 }, (_, power) => 2 ** power);

type Latest = RefObject<
  Omit<TimeChartProps, "series"> & {
    series: ColoredSeries[];
    formats: Formats;
    setTimeRange: (range: { fromMs: number; toMs: number }) => Promise<void>;
  }
>;

function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function chartOptions(latest: Latest, width: number, height: number): uPlot.Options {
  const { series, kind = "line", formats } = latest.current;
  const drawn = kind === "stacked-bars" ? [...series].reverse() : series;
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, LAST_LABEL_PIXELS, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: DRAG_PIXELS_MIN },
      points: { show: kind === "line" || kind === "area" },
      y: false,
    },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), formats.settings.timeZone),
    axes: [timeAxis(), valueAxis(latest)],
    series: [{}, ...drawn.map((it) => drawnSeries(it, kind))],
    hooks: { setSelect: [(plot) => zoom(plot, latest)] },
    plugins: [hoverPlugin(latest), markersPlugin(latest)],
  };
}

function timeAxis(): uPlot.Axis {
  const hour = "{HH}:{mm}";
  const day = "{M}/{D}";
  return {
    stroke: () => themeColor("--text-soft"),
    grid: { stroke: () => themeColor("--line-faint"), width: 1 },
    ticks: { show: false },
    size: TIME_AXIS_PIXELS,
    font: "11px system-ui",
    values: [
      [86_400, day, null, null, null, null, null, null, 1],
      [3_600, hour, `\n${day}`, null, null, null, null, null, 1],
      [60, hour, `\n${day}`, null, null, null, null, null, 1],
      [1, `${hour}:{ss}`, `\n${day}`, null, null, null, null, null, 1],
    ],
  };
}

/** Of ticks that would read alike, as halves of counts do, only the whole ones are named. */
export function tickTexts(ticks: readonly number[], format: (value: number) => string): string[] {
  const texts = ticks.map((tick) => format(tick));
  const areDistinct = new Set(texts).size === texts.length;
  return areDistinct ? texts : texts.map((text, at) => (Number.isInteger(ticks[at]) ? text : ""));
}

function valueAxis(latest: Latest): uPlot.Axis {
  return {
    stroke: () => themeColor("--text-soft"),
    grid: { stroke: () => themeColor("--line-faint"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
    ...(latest.current.unit === "bytes" ? { incrs: BINARY_STEPS } : {}),
    values: (_plot, splits) => tickTexts(splits, latest.current.format),
    size: (_plot, values) =>
      16 + AXIS_CHARACTER_PIXELS * Math.max(0, ...(values ?? []).map((text) => text.length)),
  };
}

function drawnSeries(series: ColoredSeries, kind: TimeChartProps["kind"]): uPlot.Series {
  const isBars = kind === "bars" || kind === "stacked-bars";
  const bars = uPlot.paths.bars?.({ size: [BAR_WIDTH, BAR_PIXELS_MAX] });
  return {
    label: series.name,
    stroke: series.color,
    width: isBars ? 0 : 1.5,
    points: {
      show: false,
      size: POINT_PIXELS,
      width: 0,
      fill: series.color,
      filter: (plot, at) => (isBars ? null : isolatedOf(plot, at)),
    },
    spanGaps: false,
    ...(isBars ? { fill: series.color } : {}),
    ...(kind === "area" ? { fill: `${series.color}26` } : {}),
    ...(isBars && bars ? { paths: bars } : {}),
  };
}

function isolatedOf(plot: uPlot, at: number): number[] | null {
  const [first, last] = plot.series[0]?.idxs ?? [0, -1];
  return isolatedPoints(Array.from(plot.data[at] ?? []), first, last);
}

function zoom(plot: uPlot, latest: Latest): void {
  const { left, width } = plot.select;
  if (width < DRAG_PIXELS_MIN) {
    return;
  }
  const fromMs = Math.round(plot.posToVal(left, "x") * 1000);
  const toMs = Math.round(plot.posToVal(left + width, "x") * 1000);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (latest.current.onZoom === undefined) {
    void latest.current.setTimeRange({ fromMs, toMs });
  } else {
    latest.current.onZoom(fromMs, toMs);
  }
}

function hoverPlugin(latest: Latest): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "time-chart-hover";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.appendChild(box),
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        const left = plot.cursor.left ?? -1;
        if (index === null || index === undefined || left < 0) {
          box.hidden = true;
          return;
        }
        fillHover(box, latest, index);
        box.hidden = false;
        const isRight = left > plot.over.clientWidth / 2;
        box.style.transform = `translateX(${isRight ? left - 12 - box.offsetWidth : left + 12}px)`;
      },
    },
  };
}

/** Text nodes only: names of series come from telemetry. */
function fillHover(box: HTMLElement, latest: Latest, index: number): void {
  const { timesMs, series, format, formats } = latest.current;
  const time = document.createElement("strong");
  time.textContent = formats.time(timesMs[index]);
  const lines = series.map((it) => {
    const line = document.createElement("div");
    const mark = document.createElement("i");
    mark.style.background = it.color;
    const value = it.values[index];
    const shown = value === null || value === undefined ? "–" : format(value);
    const name = document.createElement("span");
    name.textContent = it.name;
    const number = document.createElement("b");
    number.textContent = shown;
    line.append(mark, name, number);
    return line;
  });
  box.replaceChildren(time, ...lines);
}

function markersPlugin(latest: Latest): uPlot.Plugin {
  return {
    hooks: {
      init: (plot) => listenForMarkers(plot, latest),
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = themeColor("--text-soft");
        ctx.fillStyle = themeColor("--text-soft");
        ctx.font = `${11 * devicePixelRatio}px system-ui`;
        ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
        for (const marker of latest.current.markers ?? []) {
          const x = plot.valToPos(marker.timeMs / 1000, "x", true);
          if (x >= bbox.left && x <= bbox.left + bbox.width) {
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            // A label near the end is written before its line, where there is room.
            const isLast = x + 4 + ctx.measureText(marker.label).width > bbox.left + bbox.width;
            ctx.textAlign = isLast ? "right" : "left";
            ctx.fillText(marker.label, x + (isLast ? -4 : 4), bbox.top + 12 * devicePixelRatio);
          }
        }
        ctx.restore();
      },
    },
  };
}

/** A click on a marker, unless the pointer was dragged to get there. */
function listenForMarkers(plot: uPlot, latest: Latest): void {
  let downX = 0;
  const markerAt = (event: MouseEvent): ChartMarker | undefined => {
    const x = event.clientX - plot.over.getBoundingClientRect().left;
    const far = (marker: ChartMarker) => Math.abs(plot.valToPos(marker.timeMs / 1000, "x") - x);
    return latest.current.onMarkerClick === undefined
      ? undefined
      : [...(latest.current.markers ?? [])]
          .sort((a, b) => far(a) - far(b))
          .find((marker) => far(marker) <= MARKER_PIXELS);
  };
  plot.over.addEventListener("mousedown", (event) => {
    downX = event.clientX;
  });
  plot.over.addEventListener("mousemove", (event) => {
    plot.over.style.cursor = markerAt(event) === undefined ? "" : "pointer";
  });
  plot.over.addEventListener("click", (event) => {
    const marker = Math.abs(event.clientX - downX) < DRAG_PIXELS_MIN ? markerAt(event) : undefined;
    if (marker !== undefined) {
      latest.current.onMarkerClick?.(marker);
    }
  });
}
