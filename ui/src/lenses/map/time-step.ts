/** The map at another time: windows of the same length, one after another. */
export interface TimeWindow {
  fromMs: number;
  toMs: number;
}

export function earlierWindow({ fromMs, toMs }: TimeWindow): TimeWindow {
  const lengthMs = toMs - fromMs;
  const start = Math.max(0, fromMs - lengthMs);
  return { fromMs: start, toMs: start + lengthMs };
}

/** The latest window ends now; undefined when this one already does. */
export function laterWindow({ fromMs, toMs }: TimeWindow, nowMs: number): TimeWindow | undefined {
  if (toMs >= nowMs) {
    return undefined;
  }
  const end = Math.min(nowMs, toMs + (toMs - fromMs));
  return { fromMs: end - (toMs - fromMs), toMs: end };
}

const UNITS: readonly [text: string, lengthMs: number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
];

/** A window of this length until now, as the time picker writes it; null when it has no such text. */
export function relativeText({ fromMs, toMs }: TimeWindow): string | null {
  const lengthMs = toMs - fromMs;
  const unit = UNITS.find(([, unitMs]) => lengthMs % unitMs === 0);
  return unit === undefined ? null : `${lengthMs / unit[1]}${unit[0]}`;
}
