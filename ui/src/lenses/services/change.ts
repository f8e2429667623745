/** How a figure differs from that of the period before. */

/** Smaller changes are noise, and not marked. */
const MARKED_PERCENT = 10;
const MARKED_POINTS = 0.1;

type Value = number | null | undefined;

/** Percent by which `now` is more than `before`; undefined when there is nothing to compare. */
export function changePercent(now: Value, before: Value): number | undefined {
  if (now === null || now === undefined || before === null || before === undefined) {
    return undefined;
  }
  return before === 0 ? undefined : (100 * (now - before)) / before;
}

/** Percentage points between two percentages; undefined when one is not known. */
export function changePoints(now: Value, before: Value): number | undefined {
  return now === null || now === undefined || before === null || before === undefined
    ? undefined
    : now - before;
}

export type ChangeKind = "percent" | "points";
export type Judgement = "worse" | "better" | "neutral";

/** Whether more of the figure is bad; requests are neither. */
export function judgeChange(
  change: number | undefined,
  kind: ChangeKind,
  isMoreWorse: boolean,
): Judgement {
  const marked = kind === "percent" ? MARKED_PERCENT : MARKED_POINTS;
  if (change === undefined || !isMoreWorse || Math.abs(change) < marked) {
    return "neutral";
  }
  return change > 0 ? "worse" : "better";
}

/** Digits that matter: whole percents from one on, hundredths of points. */
export function roundedChange(change: number, kind: ChangeKind): number {
  const magnitude = Math.abs(change);
  const digits = kind === "percent" && magnitude >= 1 ? 0 : 2;
  return Number(magnitude.toFixed(digits));
}
