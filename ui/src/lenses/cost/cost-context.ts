/** What every part of a page of the lens has to know: days, view of cost, and currency. */
import { createContext, useContext } from "react";
import type { Shown } from "./cost-api";
import type { SnapshotSummary } from "./cost-types";
import { type CostPeriod, readPeriod } from "./period";

export interface CostContextValue extends Shown {
  period: CostPeriod;
  /** The first day of the oldest bill. */
  dataFromMs: number;
  /** The end of what is billed so far. */
  dataUntilMs: number;
  /** Of the bills, the one of most lines first. */
  currencies: string[];
}

export const CostContext = createContext<CostContextValue>({
  period: readPeriod(undefined, 1),
  dataFromMs: 0,
  dataUntilMs: 1,
  currencies: [],
  metric: "effective",
  currency: undefined,
});

/** Inside of `CostPage`. */
export function useCost(): CostContextValue {
  return useContext(CostContext);
}

export interface BillSpan {
  dataFromMs: number;
  dataUntilMs: number;
  currencies: string[];
}

/** What the bills cover that are there now; undefined when there is none. */
export function billSpan(
  snapshots: readonly SnapshotSummary[],
  nowMs: number,
): BillSpan | undefined {
  const current = snapshots.filter((it) => it.current);
  if (current.length === 0) {
    return undefined;
  }
  const rows = new Map<string, number>();
  for (const { currency_totals, rows: count } of current) {
    for (const { currency } of currency_totals) {
      rows.set(currency, (rows.get(currency) ?? 0) + count);
    }
  }
  const dataFromMs = current.reduce((low, it) => Math.min(low, it.period_start_ms), nowMs);
  const end = current.reduce((high, it) => Math.max(high, it.period_end_ms), 1);
  return {
    dataFromMs,
    // The month that is not over is billed until now at most.
    dataUntilMs: Math.max(dataFromMs + 1, Math.min(end, nowMs)),
    currencies: [...rows.entries()].sort((a, b) => b[1] - a[1]).map(([currency]) => currency),
  };
}
