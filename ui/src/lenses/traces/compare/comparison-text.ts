/** What a difference between slow and fast spans says in words: keys of texts with their values. */
import type { ComparedAttribute } from "../traces-api";

/** A share that is less than this many times another is about the same. */
const LIFT_TOLD_MIN = 1.2;
/** What chance alone does more rarely is told by the thousand. */
const RARE = 1 / 1000;

export type LiftText =
  | { key: "only_slow" | "only_fast" | "alike" }
  | { key: "more" | "less"; times: number };

export function liftText(row: ComparedAttribute): LiftText {
  if (row.fast_count === 0) {
    return { key: row.slow_count === 0 ? "alike" : "only_slow" };
  }
  if (row.slow_count === 0) {
    return { key: "only_fast" };
  }
  const lift = row.lift ?? row.slow_percent / row.fast_percent;
  if (lift >= LIFT_TOLD_MIN) {
    return { key: "more", times: lift };
  }
  return lift <= 1 / LIFT_TOLD_MIN ? { key: "less", times: 1 / lift } : { key: "alike" };
}

export type ChanceText = { key: "can_be" | "rare" } | { key: "once_in"; number: number };

/**
 * How often chance alone would show as large a difference in one value. Whether it can be chance
 * when so many values are looked at is what the corrected test says.
 */
export function chanceText({ significant, p_value: p }: ComparedAttribute): ChanceText {
  if (!significant) {
    return { key: "can_be" };
  }
  return p < RARE ? { key: "rare" } : { key: "once_in", number: Math.max(2, Math.round(1 / p)) };
}
