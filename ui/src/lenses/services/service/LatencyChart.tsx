/** Bars of requests by latency on a logarithmic axis; failed ones are at the foot, hatched. */
import { VisuallyHidden } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type MouseEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ERROR_COLOR } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import type { Figures } from "../services-api";
import { axisTicks, binAt, type LatencyBin, type LatencyBins, shareOfAxis } from "./latency-bins";

const TOP = 34;
const BOTTOM = 22;
const LEFT = 52;
const RIGHT = 12;
const BAR_MIN = 1.5;
/** Labels of percentiles are put on lines of their own when they are nearer than this. */
const LABEL_PIXELS = 96;
const LINE_PIXELS = 14;

interface LatencyChartProps {
  axis: LatencyBins;
  figures: Figures;
  height: number;
  onOpen: (bin: LatencyBin) => void;
}

export function LatencyChart({ axis, figures, height, onOpen }: LatencyChartProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { ref, width } = useElementSize();
  const [hovered, setHovered] = useState<number>();
  const hatch = useId();
  const plotWidth = Math.max(0, width - LEFT - RIGHT);
  const plotHeight = height - TOP - BOTTOM;
  const most = axis.bins.reduce((max, bin) => Math.max(max, bin.requests), 0);
  const x = (ms: number) => LEFT + shareOfAxis(ms, axis) * plotWidth;
  const barHeight = (value: number) =>
    value > 0 ? Math.max(BAR_MIN, (value / most) * plotHeight) : 0;
  const pointedAt = (event: MouseEvent<SVGSVGElement>) => {
    const left = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    return binAt(left / Math.max(1, plotWidth), axis);
  };
  const shown = hovered === undefined ? undefined : axis.bins[hovered];
  return (
    <div ref={ref} className="latency-chart">
      <VisuallyHidden>
        {t("latency.summary", {
          p50: format.durationMs(figures.p50_ms),
          p95: format.durationMs(figures.p95_ms),
          p99: format.durationMs(figures.p99_ms),
          max: format.durationMs(figures.max_ms),
        })}
      </VisuallyHidden>
      <svg
        width={width}
        height={height}
        aria-hidden="true"
        onPointerMove={(event) => setHovered(pointedAt(event))}
        onPointerLeave={() => setHovered(undefined)}
        onClick={(event) => {
          // A finger does not move before it taps.
          const tapped = axis.bins[pointedAt(event) ?? -1];
          if (tapped !== undefined && tapped.requests > 0) {
            onOpen(tapped);
          }
        }}
      >
        <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse">
          <rect width="5" height="5" fill={ERROR_COLOR} />
          <path d="M0 5L5 0" stroke="#fff" strokeWidth="1" />
        </pattern>
        <ValueAxis most={most} plotHeight={plotHeight} right={width - RIGHT} />
        {axis.bins.map((bin, at) => {
          const [left, right] = [x(bin.fromMs), x(bin.toMs)];
          const bar = { x: left + 0.5, width: Math.max(1, right - left - 1) };
          const [all, failed] = [barHeight(bin.requests), barHeight(bin.errors)];
          const foot = TOP + plotHeight;
          return (
            <g key={bin.fromMs} opacity={hovered === undefined || hovered === at ? 1 : 0.6}>
              <rect {...bar} y={foot - all} height={all} className="latency-bar" />
              <rect {...bar} y={foot - failed} height={failed} fill={`url(#${hatch})`} />
            </g>
          );
        })}
        <TimeAxis axis={axis} x={x} y={TOP + plotHeight} width={width} />
        <Percentiles figures={figures} x={x} bottom={TOP + plotHeight} width={width} />
      </svg>
      {shown === undefined ? null : (
        <div className="latency-hover" data-side={x(shown.fromMs) > width / 2 ? "left" : "right"}>
          <strong>{`${format.durationMs(shown.fromMs)} – ${format.durationMs(shown.toMs)}`}</strong>
          <div>{t("latency.requests", { number: format.count(shown.requests) })}</div>
          <div>{t("latency.errors", { number: format.count(shown.errors) })}</div>
        </div>
      )}
    </div>
  );
}

function ValueAxis(props: { most: number; plotHeight: number; right: number }) {
  const format = useFormat();
  return [0, 0.5, 1].map((share) => {
    const y = TOP + props.plotHeight * (1 - share);
    return (
      <g key={share}>
        <line x1={LEFT} x2={props.right} y1={y} y2={y} className="latency-grid" />
        <text x={LEFT - 6} y={y + 4} textAnchor="end" className="latency-text">
          {format.short(props.most * share)}
        </text>
      </g>
    );
  });
}

interface TimeAxisProps {
  axis: LatencyBins;
  x: (ms: number) => number;
  y: number;
  width: number;
}

function TimeAxis({ axis, x, y, width }: TimeAxisProps) {
  const format = useFormat();
  let last = Number.NEGATIVE_INFINITY;
  return axisTicks(axis).map((tick) => {
    const at = x(tick);
    // Where the page is narrow, only ticks that have room have a name.
    if (at - last < 52 || at > width - 24) {
      return null;
    }
    last = at;
    return (
      <text key={tick} x={at} y={y + 16} textAnchor="middle" className="latency-text">
        {format.durationMs(tick)}
      </text>
    );
  });
}

interface PercentilesProps {
  figures: Figures;
  x: (ms: number) => number;
  bottom: number;
  width: number;
}

/** Named above the bars; of names that would touch, the later is lower. */
function Percentiles({ figures, x, bottom, width }: PercentilesProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const keys = ["p50_ms", "p95_ms", "p99_ms"] as const;
  const marks = keys.flatMap((key) => {
    const value = figures[key];
    return value === null ? [] : [{ key, value, at: x(value) }];
  });
  let [end, line] = [Number.NEGATIVE_INFINITY, 0];
  return marks.map(({ key, value, at }) => {
    const isLast = at > width - LABEL_PIXELS;
    const start = isLast ? at - LABEL_PIXELS : at;
    line = start < end ? line + 1 : 0;
    end = Math.max(end, start + LABEL_PIXELS);
    const y = 10 + line * LINE_PIXELS;
    return (
      <g key={key}>
        <line x1={at} x2={at} y1={y - 8} y2={bottom} className="latency-mark" />
        <text
          x={isLast ? at - 4 : at + 4}
          y={y}
          textAnchor={isLast ? "end" : "start"}
          className="latency-text latency-name"
        >
          {`${t(`column.${key}`)} ${format.durationMs(value)}`}
        </text>
      </g>
    );
  });
}
