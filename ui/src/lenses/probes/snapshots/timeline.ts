/** Snapshots over time, counted in steps of equal length. */

export interface Timeline {
  timesMs: number[];
  counts: number[];
}

const STEPS = 60;
/** Steps that people count in. */
const STEP_MS = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
);

export function stepMs(fromMs: number, toMs: number): number {
  const wanted = (toMs - fromMs) / STEPS;
  return STEP_MS.find((it) => it >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
}

/** Every step of the range is there, so that a pause is seen as one. */
export function timeline(timesMs: readonly number[], fromMs: number, toMs: number): Timeline {
  const step = stepMs(fromMs, toMs);
  const first = Math.floor(fromMs / step);
  const counts = new Array<number>(Math.max(1, Math.ceil(toMs / step) - first)).fill(0);
  for (const timeMs of timesMs) {
    const at = Math.floor(timeMs / step) - first;
    if (at >= 0 && at < counts.length) {
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return { timesMs: counts.map((_, at) => (first + at) * step), counts };
}
