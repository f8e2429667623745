/** A box of the hit map: bounds of time and latency, each of them optional, as one URL parameter. */

export interface HitBox {
  fromMs?: number | undefined;
  toMs?: number | undefined;
  minMs?: number | undefined;
  maxMs?: number | undefined;
}

const PARTS = 4;

/** `from,to,min,max`; a bound that is not set is empty. */
export function boxText(box: HitBox): string | undefined {
  const parts = [box.fromMs, box.toMs, box.minMs, box.maxMs];
  return parts.every((part) => part === undefined)
    ? undefined
    : parts.map((part) => (part === undefined ? "" : String(part))).join(",");
}

/** Undefined when the text is no box: turned around, negative, or of other parts. */
export function readBox(text: string | undefined): HitBox | undefined {
  const parts = text?.split(",") ?? [];
  if (parts.length !== PARTS || parts.every((part) => part === "")) {
    return undefined;
  }
  const numbers = parts.map((part) => (part === "" ? undefined : Number(part)));
  if (numbers.some((it) => it !== undefined && !(Number.isFinite(it) && it >= 0))) {
    return undefined;
  }
  const [fromMs, toMs, minMs, maxMs] = numbers;
  const isTurned =
    (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) ||
    (minMs !== undefined && maxMs !== undefined && minMs >= maxMs);
  return isTurned ? undefined : { fromMs, toMs, minMs, maxMs };
}

interface Corner {
  timeMs: number;
  durationMs: number;
}

/** Significant digits of a latency that was pointed at; a pixel is no more exact. */
const LATENCY_DIGITS = 4;
/** The least height of a box. */
const LATENCY_STEP_MS = 0.001;

/** The box between two corners that were pointed at, wholly inside the time of the page. */
export function boxBetween(one: Corner, other: Corner, range: { fromMs: number; toMs: number }) {
  const [first, last] = [one.timeMs, other.timeMs].sort((a, b) => a - b);
  const [least, most] = [one.durationMs, other.durationMs].sort((a, b) => a - b);
  const fromMs = Math.max(Math.floor(first ?? 0), range.fromMs);
  const minMs = inDigits(least);
  return {
    fromMs,
    toMs: Math.max(Math.min(Math.ceil(last ?? 0), range.toMs), fromMs + 1),
    minMs,
    maxMs: Math.max(inDigits(most), minMs + LATENCY_STEP_MS),
  };
}

function inDigits(ms: number | undefined): number {
  return Number(Math.max(0, ms ?? 0).toPrecision(LATENCY_DIGITS));
}

/** What the server is asked: the box, cut to the time of the page. */
export function boxRange(box: HitBox, range: { fromMs: number; toMs: number }) {
  const fromMs = Math.min(Math.max(box.fromMs ?? range.fromMs, range.fromMs), range.toMs - 1);
  const toMs = Math.max(Math.min(box.toMs ?? range.toMs, range.toMs), fromMs + 1);
  return { fromMs, toMs };
}

/** Whether a point is in the box; the ends of time and latency are outside, as on the server. */
export function isInBox(box: HitBox, timeMs: number, durationMs: number): boolean {
  return (
    timeMs >= (box.fromMs ?? Number.NEGATIVE_INFINITY) &&
    timeMs < (box.toMs ?? Number.POSITIVE_INFINITY) &&
    durationMs >= (box.minMs ?? 0) &&
    durationMs < (box.maxMs ?? Number.POSITIVE_INFINITY)
  );
}
