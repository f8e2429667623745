/** The rows of the explorer with the values of their last dimension as columns. */
import { addMoney, compareMoney, type MoneyText } from "@/common/money";
import type { ExploreRow } from "../cost-types";

export interface PivotRow {
  keys: (string | null)[];
  total: MoneyText;
  /** Null when one of its parts is not known. */
  before: MoneyText | null;
  /** By column; absent where there was no cost. */
  amounts: (MoneyText | undefined)[];
}

export interface Pivot {
  /** Values of the last dimension, the largest first. */
  columns: (string | null)[];
  rows: PivotRow[];
}

export function pivotRows(rows: readonly ExploreRow[]): Pivot {
  const columns = largestFirst(rows);
  const places = new Map(columns.map((value, at) => [value, at]));
  const groups = new Map<string, ExploreRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.keys.slice(0, -1));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return {
    columns,
    rows: [...groups.values()].map((parts) => {
      const amounts: (MoneyText | undefined)[] = columns.map(() => undefined);
      for (const part of parts) {
        amounts[places.get(part.keys.at(-1) ?? null) ?? 0] = part.total;
      }
      return {
        keys: parts[0]?.keys.slice(0, -1) ?? [],
        total: addMoney(parts.map((it) => it.total)),
        before: sumOfKnown(parts.map((it) => it.before)),
        amounts,
      };
    }),
  };
}

function sumOfKnown(amounts: readonly (MoneyText | null)[]): MoneyText | null {
  const known = amounts.filter((it) => it !== null);
  return known.length === amounts.length ? addMoney(known) : null;
}

function largestFirst(rows: readonly ExploreRow[]): (string | null)[] {
  const totals = new Map<string | null, MoneyText[]>();
  for (const row of rows) {
    const value = row.keys.at(-1) ?? null;
    totals.set(value, [...(totals.get(value) ?? []), row.total]);
  }
  return [...totals.entries()]
    .map(([value, amounts]) => ({ value, total: addMoney(amounts) }))
    .sort((a, b) => compareMoney(b.total, a.total))
    .map((it) => it.value);
}
