/** How much more or less there is than in the period before. */
import type { Formats } from "@/design/use-format";

/** Smaller changes are noise. */
const MARKED_PERCENT = 25;

/** Undefined when there was nothing before. */
export function changePercent(now: number, before: number): number | undefined {
  return before === 0 ? undefined : (100 * (now - before)) / before;
}

export type Direction = "up" | "down" | "same";

export function direction(percent: number | null | undefined): Direction {
  return percent === null || percent === undefined
    ? "same"
    : percent >= MARKED_PERCENT
      ? "up"
      : percent <= -MARKED_PERCENT
        ? "down"
        : "same";
}

/** `+120%`, `−8%`, `0%`; a dash when there is nothing to compare with. */
export function percentText(percent: number | null | undefined, format: Formats): string {
  if (percent === null || percent === undefined) {
    return "–";
  }
  const size = Math.abs(percent);
  return `${signOf(percent)}${format.percent(size >= 1 ? Math.round(size) : size)}`;
}

/** `+12`, `−3`, `0`. */
export function differenceText(difference: number, format: Formats): string {
  return `${signOf(difference)}${format.count(Math.abs(difference))}`;
}

function signOf(value: number): string {
  return value > 0 ? "+" : value < 0 ? "−" : "";
}
