/** What the numbers on the map say, and how calls and errors look. */
import type { Formats } from "@/design/use-format";
import type { Figures } from "./map-api";
import type { Measure } from "./map-search";

export type Health = "good" | "warning" | "bad";

/** Single errors among many requests need no look. */
const WARNING_PERCENT = 1;
const BAD_PERCENT = 5;
const WIDTH_MIN = 1.25;
const WIDTH_MAX = 5.5;

export function healthOf(figures: Pick<Figures, "error_percent"> | null): Health {
  const percent = figures?.error_percent ?? 0;
  if (percent >= BAD_PERCENT) {
    return "bad";
  }
  return percent >= WARNING_PERCENT ? "warning" : "good";
}

export function measureText(figures: Figures | null, measure: Measure, format: Formats): string {
  const texts: Record<Measure, () => string> = {
    rate: () => format.frequency(figures?.rate_per_second),
    errors: () => format.percent(figures?.error_percent),
    p95: () => format.durationMs(figures?.p95_ms),
  };
  return texts[measure]();
}

/** In pixels; ten times the traffic is the same step everywhere, so that small calls stay visible. */
export function edgeWidth(requests: number, requestsMax: number): number {
  if (requests <= 1 || requestsMax <= 1) {
    return WIDTH_MIN;
  }
  const share = Math.min(1, Math.log(requests) / Math.log(requestsMax));
  return Math.round((WIDTH_MIN + (WIDTH_MAX - WIDTH_MIN) * share ** 2) * 100) / 100;
}
