/** What the patterns of a time range are compared with. */
import type { PatternsSearch } from "../routes";

export interface Range {
  fromMs: number;
  toMs: number;
}

export interface Comparison {
  /** What is looked at. */
  now: Range;
  before: Range | undefined;
}

export function comparison(
  { compare, since }: Pick<PatternsSearch, "compare" | "since">,
  range: Range,
): Comparison {
  const { fromMs, toMs } = range;
  if (compare === "previous") {
    return { now: range, before: { fromMs: fromMs - (toMs - fromMs), toMs: fromMs } };
  }
  if (compare === "since" && since !== undefined && fromMs < since && since < toMs) {
    return { now: { fromMs: since, toMs }, before: { fromMs, toMs: since } };
  }
  return { now: range, before: undefined };
}
