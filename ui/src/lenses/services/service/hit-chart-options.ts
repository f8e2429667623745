/** The settings of the uPlot chart of the hit map: axes, marks, the box, and what hovering shows. */
import type { RefObject } from "react";
import uPlot from "uplot";
import { ERROR_COLOR, SERIES_COLORS } from "@/design/theme";
import type { Formats } from "@/design/use-format";
import type { HitMap } from "../services-api";
import { boxBetween, type HitBox, isInBox } from "./hit-box";
import { axisTicks } from "./latency-bins";

const DRAG_PIXELS_MIN = 5;
const POINT_PIXELS = 2.5;
const CROSS_PIXELS = 3.5;
/** How far from a point the pointer still means it. */
const NEAR_PIXELS = 12;
/** Nothing is faster, and a logarithm needs an edge above zero. */
const LEAST_MS = 0.001;
const VALUE_AXIS_PIXELS = 64;
const TIME_AXIS_PIXELS = 42;

export interface HitChartState {
  hits: HitMap;
  range: { fromMs: number; toMs: number };
  box: HitBox | undefined;
  formats: Formats;
  failedText: string;
  onBox: (box: HitBox) => void;
  onOpen: (at: number) => void;
}

type Latest = RefObject<HitChartState>;

/** uPlot wants times that only grow; `hits` may come in another order. */
export function hitData(hits: HitMap): uPlot.AlignedData {
  const order = hits.times_ms.map((_, at) => at);
  order.sort((a, b) => (hits.times_ms[a] ?? 0) - (hits.times_ms[b] ?? 0));
  return [
    order.map((at) => (hits.times_ms[at] ?? 0) / 1000),
    order.map((at) => Math.max(hits.durations_ms[at] ?? 0, LEAST_MS)),
  ];
}

function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function hitChartOptions(
  latest: Latest,
  width: number,
  height: number,
  isLog: boolean,
): uPlot.Options {
  const { formats } = latest.current;
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: {
      drag: { x: true, y: true, setScale: false, dist: DRAG_PIXELS_MIN },
      points: { show: false },
    },
    scales: {
      x: { range: () => [latest.current.range.fromMs / 1000, latest.current.range.toMs / 1000] },
      y: isLog
        ? { distr: 3, log: 10, range: (_plot, min, max) => logRange(min, max) }
        : { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
    },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), formats.settings.timeZone),
    axes: hitAxes(formats, isLog),
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: {
      draw: [(plot) => drawHits(plot, latest), (plot) => drawBox(plot, latest)],
      setSelect: [(plot) => choose(plot, latest)],
    },
    plugins: [hitHover(latest)],
  };
}

/** Whole decades would leave half of the chart empty when latencies are alike. */
function logRange(min: number, max: number): [number, number] {
  const low = Number.isFinite(min) && min > 0 ? min : LEAST_MS;
  const high = Number.isFinite(max) && max > low ? max : low * 10;
  return [low / 1.3, high * 1.3];
}

function hitAxes(formats: Formats, isLog: boolean): uPlot.Axis[] {
  const hour = "{HH}:{mm}";
  const day = "{M}/{D}";
  const shared = {
    stroke: () => themeColor("--text-soft"),
    grid: { stroke: () => themeColor("--line-faint"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  const rows = [
    [86_400, day, null, null, null, null, null, null, 1],
    [3_600, hour, `\n${day}`, null, null, null, null, null, 1],
    [60, hour, `\n${day}`, null, null, null, null, null, 1],
    [1, `${hour}:{ss}`, `\n${day}`, null, null, null, null, null, 1],
  ];
  return [
    { ...shared, size: TIME_AXIS_PIXELS, values: rows } as uPlot.Axis,
    {
      ...shared,
      size: VALUE_AXIS_PIXELS,
      // Of a logarithm, uPlot would start its steps at the edge of the axis: 13.2 ms, 26.4 ms.
      ...(isLog
        ? {
            splits: (_plot, _axis, fromMs, toMs) => axisTicks({ fromMs, toMs }),
            filter: (_plot, splits) => splits,
          }
        : {}),
      values: (_plot, splits) =>
        splits.map((value) => (value === null ? null : formats.durationMs(value))),
    },
  ];
}

/** Failures are crosses over the circles of the others, so that they are seen without colours. */
function drawHits(plot: uPlot, latest: Latest): void {
  const { ctx, bbox } = plot;
  const { hits, box } = latest.current;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = SERIES_COLORS[0];
  ctx.strokeStyle = ERROR_COLOR;
  ctx.lineWidth = 1.5 * ratio;
  for (const wantsFailed of [false, true]) {
    hits.times_ms.forEach((timeMs, at) => {
      if (hits.failed[at] !== wantsFailed) {
        return;
      }
      const durationMs = hits.durations_ms[at] ?? 0;
      const x = plot.valToPos(timeMs / 1000, "x", true);
      const y = plot.valToPos(Math.max(durationMs, LEAST_MS), "y", true);
      const isFaint = box !== undefined && !isInBox(box, timeMs, durationMs);
      ctx.globalAlpha = isFaint ? 0.2 : wantsFailed ? 0.95 : 0.55;
      ctx.beginPath();
      if (wantsFailed) {
        const half = CROSS_PIXELS * ratio;
        ctx.moveTo(x - half, y - half);
        ctx.lineTo(x + half, y + half);
        ctx.moveTo(x + half, y - half);
        ctx.lineTo(x - half, y + half);
        ctx.stroke();
      } else {
        ctx.arc(x, y, POINT_PIXELS * ratio, 0, 2 * Math.PI);
        ctx.fill();
      }
    });
  }
  ctx.restore();
}

function drawBox(plot: uPlot, latest: Latest): void {
  const { box } = latest.current;
  if (box === undefined) {
    return;
  }
  const { ctx, bbox } = plot;
  const inside = (value: number, from: number, length: number) =>
    Math.min(Math.max(value, from), from + length);
  const x = (timeMs: number | undefined, otherwise: number) =>
    timeMs === undefined
      ? otherwise
      : inside(plot.valToPos(timeMs / 1000, "x", true), bbox.left, bbox.width);
  const y = (durationMs: number | undefined, otherwise: number) =>
    durationMs === undefined
      ? otherwise
      : inside(plot.valToPos(Math.max(durationMs, LEAST_MS), "y", true), bbox.top, bbox.height);
  const [left, right] = [x(box.fromMs, bbox.left), x(box.toMs, bbox.left + bbox.width)];
  const [bottom, top] = [y(box.minMs, bbox.top + bbox.height), y(box.maxMs, bbox.top)];
  ctx.save();
  ctx.strokeStyle = themeColor("--focus");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.strokeRect(left, top, right - left, bottom - top);
  ctx.restore();
}

function choose(plot: uPlot, latest: Latest): void {
  const { left, top, width, height } = plot.select;
  if (width < DRAG_PIXELS_MIN && height < DRAG_PIXELS_MIN) {
    return;
  }
  const corner = (x: number, y: number) => ({
    timeMs: plot.posToVal(x, "x") * 1000,
    durationMs: plot.posToVal(y, "y"),
  });
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  const { range, onBox } = latest.current;
  onBox(boxBetween(corner(left, top), corner(left + width, top + height), range));
}

/** The nearest point to the pointer, in CSS pixels of the plot; undefined when all are far. */
function nearest(plot: uPlot, hits: HitMap, left: number, top: number): number | undefined {
  let [found, least]: [number | undefined, number] = [undefined, NEAR_PIXELS ** 2];
  for (let at = 0; at < hits.times_ms.length; at += 1) {
    const x = plot.valToPos((hits.times_ms[at] ?? 0) / 1000, "x") - left;
    if (Math.abs(x) > NEAR_PIXELS) {
      continue;
    }
    const y = plot.valToPos(Math.max(hits.durations_ms[at] ?? 0, LEAST_MS), "y") - top;
    // Of two at one place the failed one is meant: it is drawn above.
    const distance = x * x + y * y - (hits.failed[at] === true ? 0.5 : 0);
    if (distance < least) {
      [found, least] = [at, distance];
    }
  }
  return found;
}

function hitHover(latest: Latest): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "time-chart-hover";
  box.hidden = true;
  let hovered: number | undefined;
  let down = { x: 0, y: 0 };
  return {
    hooks: {
      init: (plot) => {
        plot.over.appendChild(box);
        plot.over.addEventListener("mousedown", (event) => {
          down = { x: event.clientX, y: event.clientY };
        });
        plot.over.addEventListener("click", (event) => {
          const moved = Math.hypot(event.clientX - down.x, event.clientY - down.y);
          if (hovered !== undefined && moved < DRAG_PIXELS_MIN) {
            latest.current.onOpen(hovered);
          }
        });
      },
      setCursor: (plot) => {
        const { left = -1, top = -1 } = plot.cursor;
        hovered = left < 0 ? undefined : nearest(plot, latest.current.hits, left, top);
        plot.over.style.cursor = hovered === undefined ? "" : "pointer";
        box.hidden = hovered === undefined;
        if (hovered !== undefined) {
          fillHover(box, latest.current, hovered);
          const isRight = left > plot.over.clientWidth / 2;
          const x = isRight ? left - 12 - box.offsetWidth : left + 12;
          const y = Math.min(top, plot.over.clientHeight - box.offsetHeight - 8);
          box.style.transform = `translate(${x}px, ${y}px)`;
        }
      },
    },
  };
}

/** Text nodes only: names of endpoints come from telemetry. */
function fillHover(box: HTMLElement, state: HitChartState, at: number): void {
  const { hits, formats, failedText } = state;
  const texts = [
    formats.time(hits.times_ms[at], "millisecond"),
    hits.endpoints[at] ?? "",
    formats.durationMs(hits.durations_ms[at]),
    ...(hits.failed[at] === true ? [`✕ ${failedText}`] : []),
  ];
  box.replaceChildren(
    ...texts.map((text, line) => {
      const element = document.createElement(line === 0 ? "strong" : "div");
      element.textContent = text;
      return element;
    }),
  );
}
