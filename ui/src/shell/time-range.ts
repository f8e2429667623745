/**
 * The time range in the URL: `from` and `to` are milliseconds since 1970, or `from` is a relative
 * range such as `1h` (until now). No React here.
 */
import { searchText } from "@/common/search";

export const RELATIVE_RANGES = ["15m", "30m", "1h", "3h", "6h", "12h", "24h", "2d", "7d"] as const;
export type RelativeRange = (typeof RELATIVE_RANGES)[number];
export const DEFAULT_RANGE: RelativeRange = "1h";

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export type TimeRangeSetting =
  | { kind: "relative"; range: string; lengthMs: number }
  | { kind: "absolute"; fromMs: number; toMs: number };

/** Length of `90m`, `3h`, `7d` in milliseconds; undefined when the text is none of these. */
export function relativeLengthMs(text: string): number | undefined {
  const match = /^([1-9]\d{0,4})([mhd])$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ""];
  return match && unit ? Number(match[1]) * unit : undefined;
}

export function readTimeRange(from: unknown, to: unknown): TimeRangeSetting {
  const start = searchText(from);
  const lengthMs = relativeLengthMs(start ?? "");
  if (start !== undefined && lengthMs !== undefined) {
    return { kind: "relative", range: start, lengthMs };
  }
  const fromMs = Number(start ?? Number.NaN);
  const toMs = Number(searchText(to) ?? Number.NaN);
  if (Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && 0 <= fromMs && fromMs < toMs) {
    return { kind: "absolute", fromMs, toMs };
  }
  return {
    kind: "relative",
    range: DEFAULT_RANGE,
    lengthMs: relativeLengthMs(DEFAULT_RANGE) ?? 0,
  };
}

export function resolveTimeRange(
  setting: TimeRangeSetting,
  nowMs: number,
): { fromMs: number; toMs: number } {
  return setting.kind === "absolute"
    ? { fromMs: setting.fromMs, toMs: setting.toMs }
    : { fromMs: nowMs - setting.lengthMs, toMs: nowMs };
}
