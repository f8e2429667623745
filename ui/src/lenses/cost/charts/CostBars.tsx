/** The bars of a chart of cost: axes, hovering, and dragging over what is to be looked at. */
import { type PointerEvent, useRef, useState } from "react";
import { addMoney } from "@/common/money";
import type { Granularity } from "../cost-search";
import { type MoneyFormats, useMoney } from "../marks/use-money";
import { bucketLabel, bucketText } from "./buckets";
import type { DrawnSeries } from "./CostChart";
import { labelStep, type Piece, type Scale } from "./stack";
import { textWidth } from "./text-width";

interface CostBarsProps {
  bucketsMs: readonly number[];
  granularity: Granularity;
  series: readonly DrawnSeries[];
  bars: readonly (readonly Piece[])[];
  scale: Scale;
  currency: string;
  width: number;
  height: number;
  /** The places of the first and the last bar that were dragged over. */
  onZoom: ((first: number, last: number) => void) | undefined;
}

const TOP = 8;
const BOTTOM = 24;
const RIGHT = 8;
const CHARACTER_PIXELS = 6.6;
const LABEL_PIXELS = 56;
const BAR_SHARE = 0.82;
const BAR_PIXELS_MAX = 44;

interface Frame {
  left: number;
  inner: number;
  band: number;
  y: (value: number) => number;
}

function frameOf({ width, height, scale, bars }: CostBarsProps, money: MoneyFormats): Frame {
  const longest = Math.max(
    ...scale.ticks.map((tick) => textWidth(money.tick(tick), CHARACTER_PIXELS)),
  );
  const left = 10 + longest;
  const inner = Math.max(1, width - left - RIGHT);
  const room = height - TOP - BOTTOM;
  const y = (value: number) => TOP + (room * (scale.high - value)) / (scale.high - scale.low);
  return { left, inner, band: inner / Math.max(1, bars.length), y };
}

export function CostBars(props: CostBarsProps) {
  const { width, height, bars, series } = props;
  const money = useMoney(props.currency);
  const frame = frameOf(props, money);
  const pointer = usePointer(frame, bars.length, props.onZoom);
  const barWidth = Math.max(1, Math.min(BAR_PIXELS_MAX, frame.band * BAR_SHARE));
  if (bars.length === 0) {
    return null;
  }
  return (
    <>
      <svg
        className="cost-bars"
        data-zooms={props.onZoom !== undefined}
        width={width}
        height={height}
        aria-hidden="true"
        {...pointer.handlers}
      >
        <Axes {...props} frame={frame} money={money} />
        {pointer.marked === undefined ? null : (
          <rect
            className="cost-bars-marked"
            x={frame.left + pointer.marked.first * frame.band}
            y={TOP}
            width={(pointer.marked.last - pointer.marked.first + 1) * frame.band}
            height={height - TOP - BOTTOM}
          />
        )}
        {bars.map((pieces, at) =>
          pieces.map((piece) => (
            <rect
              key={`${at} ${piece.series}`}
              x={frame.left + (at + 0.5) * frame.band - barWidth / 2}
              y={frame.y(piece.high)}
              width={barWidth}
              height={Math.max(0.5, frame.y(piece.low) - frame.y(piece.high))}
              fill={series[piece.series]?.color}
            />
          )),
        )}
      </svg>
      {pointer.at === undefined ? null : (
        <Hover {...props} at={pointer.at} frame={frame} money={money} />
      )}
    </>
  );
}

interface Marked {
  first: number;
  last: number;
}

function usePointer(frame: Frame, count: number, onZoom: CostBarsProps["onZoom"]) {
  const [at, setAt] = useState<number>();
  const [marked, setMarked] = useState<Marked>();
  const start = useRef<number>(undefined);
  const placeOf = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - frame.left;
    return Math.max(0, Math.min(count - 1, Math.floor(x / frame.band)));
  };
  const spanTo = (place: number): Marked | undefined =>
    start.current === undefined || start.current === place
      ? undefined
      : { first: Math.min(start.current, place), last: Math.max(start.current, place) };
  const stop = () => {
    start.current = undefined;
    setMarked(undefined);
  };
  const handlers = {
    onPointerDown: (event: PointerEvent<SVGSVGElement>) => {
      if (onZoom !== undefined && event.button === 0 && event.pointerType === "mouse") {
        start.current = placeOf(event);
      }
    },
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
      const place = placeOf(event);
      setAt(place);
      setMarked(spanTo(place));
    },
    onPointerUp: (event: PointerEvent<SVGSVGElement>) => {
      const span = spanTo(placeOf(event));
      stop();
      if (span !== undefined) {
        onZoom?.(span.first, span.last);
      }
    },
    onPointerLeave: () => {
      stop();
      setAt(undefined);
    },
  };
  return { at: at === undefined || at >= count ? undefined : at, marked, handlers };
}

type PartProps = CostBarsProps & { frame: Frame; money: MoneyFormats };

function Axes({ bucketsMs, granularity, scale, width, height, frame, money }: PartProps) {
  const every = labelStep(bucketsMs.length, frame.inner, LABEL_PIXELS);
  return (
    <g className="cost-bars-axes">
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line
            x1={frame.left}
            x2={width - RIGHT}
            y1={frame.y(tick)}
            y2={frame.y(tick)}
            data-zero={tick === 0}
          />
          <text x={frame.left - 6} y={frame.y(tick) + 4} textAnchor="end">
            {money.tick(tick)}
          </text>
        </g>
      ))}
      {bucketsMs.map((startMs, at) =>
        at % every === 0 ? (
          <text
            key={startMs}
            x={frame.left + (at + 0.5) * frame.band}
            y={height - 6}
            textAnchor="middle"
          >
            {bucketLabel(startMs, granularity)}
          </text>
        ) : null,
      )}
    </g>
  );
}

/** The total first; series without a cost in this bar are left out. */
function Hover({
  bucketsMs,
  granularity,
  series,
  frame,
  money,
  at,
  width,
}: PartProps & { at: number }) {
  const shown = series
    .map((it) => ({ ...it, amount: it.amounts[at] ?? "0" }))
    .filter((it) => Number(it.amount) !== 0);
  const x = frame.left + (at + 0.5) * frame.band;
  const isRight = x > width / 2;
  return (
    <div
      className="cost-hover"
      aria-hidden="true"
      style={isRight ? { right: width - x + 12 } : { left: x + 12 }}
    >
      <strong>
        <span>{bucketText(bucketsMs[at] ?? 0, granularity)}</span>
        <b>{money.text(addMoney(shown.map((it) => it.amount)))}</b>
      </strong>
      {series.length === 1
        ? null
        : shown.map((it) => (
            <div key={it.name}>
              <i style={{ background: it.color }} />
              <span>{it.name}</span>
              <b>{money.text(it.amount)}</b>
            </div>
          ))}
    </div>
  );
}
