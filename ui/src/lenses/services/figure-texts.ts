/** Figures as pages of services write them. */
import type { Formats } from "@/design/use-format";

/** Red is for what needs a look; single errors among many requests do not. */
export const ERRORS_MARKED_PERCENT = 1;

/** Two decimals are enough to compare; what is not zero never reads as zero. */
export function errorPercent(value: number | null | undefined, format: Formats): string {
  const least = 0.01;
  if (value === null || value === undefined) {
    return format.percent(value);
  }
  return value > 0 && value < least
    ? `< ${format.percent(least)}`
    : format.percent(Math.round(value / least) * least);
}

/** The class of a share of errors that needs a look. */
export function errorClass(value: number | null | undefined): string | undefined {
  return (value ?? 0) >= ERRORS_MARKED_PERCENT ? "text-error" : undefined;
}
