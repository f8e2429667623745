/** The time axis of a waterfall: where ticks are, and what they say. */

export interface TimeWindow {
  fromNs: number;
  toNs: number;
}

export interface Tick {
  ns: number;
  label: string;
}

const UNITS: readonly [string, number][] = [
  ["s", 1e9],
  ["ms", 1e6],
  ["µs", 1e3],
  ["ns", 1],
];
const SECOND = 1e9;
/** Above a second people count in sixties. */
const LONG_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
];
const DIGITS_MAX = 12;

/** The smallest pleasant step that is at least `least`. */
export function tickStep(least: number): number {
  if (least > SECOND) {
    const step = LONG_STEPS.find((seconds) => seconds * SECOND >= least);
    if (step !== undefined) {
      return step * SECOND;
    }
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const factor = [1, 2, 5, 10].find((it) => it * power >= least) ?? 10;
  return factor * power;
}

/** Ticks at multiples of a step, all in the same unit, at most `most` of them. */
export function timeTicks({ fromNs, toNs }: TimeWindow, most: number): Tick[] {
  const length = toNs - fromNs;
  if (!(length > 0) || most < 1) {
    return [];
  }
  const step = tickStep(length / most);
  const ticks: Tick[] = [];
  for (let index = Math.ceil(fromNs / step); index * step <= toNs; index += 1) {
    ticks.push({ ns: index * step, label: tickLabel(index * step, step) });
  }
  return ticks;
}

function tickLabel(ns: number, step: number): string {
  if (step >= 60 * SECOND) {
    return clockLabel(ns / SECOND);
  }
  const [name, size] = UNITS.find(([, it]) => step >= it) ?? ["ns", 1];
  const digits = Math.min(DIGITS_MAX, Math.max(0, Math.ceil(-Math.log10(step / size))));
  return `${(ns / size).toFixed(digits)} ${name}`;
}

/** 1:05 for minutes and seconds, 2:01:05 with hours. */
function clockLabel(totalSeconds: number): string {
  const sign = totalSeconds < 0 ? "-" : "";
  const seconds = Math.round(Math.abs(totalSeconds));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours === 0
    ? `${sign}${minutes}:${tail}`
    : `${sign}${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** Where `ns` is in the window, as a percentage of its length; not limited to 0…100. */
export function placePercent(ns: number, { fromNs, toNs }: TimeWindow): number {
  return (100 * (ns - fromNs)) / (toNs - fromNs);
}

/** A window between two places of a drag, inside `all`, and never shorter than `leastNs`. */
export function dragWindow(
  all: TimeWindow,
  current: TimeWindow,
  fromShare: number,
  toShare: number,
  leastNs = 1000,
): TimeWindow {
  const length = current.toNs - current.fromNs;
  const [low, high] = fromShare < toShare ? [fromShare, toShare] : [toShare, fromShare];
  const fromNs = Math.max(all.fromNs, current.fromNs + low * length);
  const toNs = Math.min(all.toNs, current.fromNs + high * length);
  return toNs - fromNs >= leastNs ? { fromNs, toNs } : current;
}

const ROUNDING = 400;
const SELF = "var(--bar)";
const CHILDREN = "var(--bar-soft)";

/** The background of a bar: strong where the span itself ran, soft where its children did. */
export function barBackground(
  startNs: number,
  endNs: number,
  covered: readonly [number, number][],
): string {
  const length = endNs - startNs;
  if (length <= 0 || covered.length === 0) {
    return SELF;
  }
  const share = (ns: number) => Math.round((ROUNDING * (ns - startNs)) / length) / (ROUNDING / 100);
  const stops: string[] = [];
  let at = 0;
  for (const [from, to] of covered) {
    const [low, high] = [share(from), Math.min(100, share(to))];
    if (high <= at || low >= 100) {
      continue;
    }
    if (low > at) {
      stops.push(`${SELF} ${at}% ${low}%`);
    }
    stops.push(`${CHILDREN} ${Math.max(low, at)}% ${high}%`);
    at = high;
  }
  if (at < 100) {
    stops.push(`${SELF} ${at}% 100%`);
  }
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** Gaps that are no wider are not seen. */
const GAP_SHARE_MIN = 1 / 1000;

/** Parts in the window, in the order of time; those with no gap between them that is seen are one. */
export function joinedParts(
  parts: readonly [number, number][],
  { fromNs, toNs }: TimeWindow,
): [number, number][] {
  const least = (toNs - fromNs) * GAP_SHARE_MIN;
  const joined: [number, number][] = [];
  for (const [start, end] of parts) {
    const [from, to] = [Math.max(start, fromNs), Math.min(end, toNs)];
    const last = joined.at(-1);
    if (to < from) {
      continue;
    }
    if (last !== undefined && from - last[1] <= least) {
      last[1] = Math.max(last[1], to);
    } else {
      joined.push([from, to]);
    }
  }
  return joined;
}
