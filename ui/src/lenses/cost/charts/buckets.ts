/** Buckets of time as bills have them: in UTC, whatever the time zone of the person is. */
import type { Granularity } from "../cost-search";

const DAY_MS = 86_400_000;
const LENGTH_MS = { hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS } as const;

export function bucketEnd(startMs: number, granularity: Granularity): number {
  if (granularity === "month") {
    const date = new Date(startMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
  return startMs + LENGTH_MS[granularity];
}

/** Every digit: `2026-10`, `2026-10-31`, `2026-10-31 14:00`. */
export function bucketText(startMs: number, granularity: Granularity): string {
  const iso = new Date(startMs).toISOString();
  const length = { hour: 16, day: 10, week: 10, month: 7 }[granularity];
  return iso.slice(0, length).replace("T", " ");
}

/** For the axis: `10/31`, `14:00`, `2026-10`. */
export function bucketLabel(startMs: number, granularity: Granularity): string {
  const date = new Date(startMs);
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}`;
  if (granularity === "hour") {
    return date.getUTCHours() === 0 ? day : date.toISOString().slice(11, 16);
  }
  return granularity === "month" ? bucketText(startMs, "month") : day;
}
