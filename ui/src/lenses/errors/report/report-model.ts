/** The weekly report, grouped by service and sorted. */
import { compareValues, type Sort } from "@/common/data-table-model";
import type { ErrorReport, ReportRow, ReportTotal } from "../errors-api";

export const SORTS = ["name", "before_last", "last", "change", "change_percent"] as const;
export type SortKey = (typeof SORTS)[number];
export const FIRST_SORT: Sort = { key: "last", descending: true };

/** Classes on one page, those with most errors; the file has all. */
export const ROWS_SHOWN_MAX = 1000;

export interface ReportGroup {
  total: ReportTotal;
  rows: ReportRow[];
}

/** Services by their total, and the classes of each by the same column. */
export function reportGroups(report: ErrorReport, sort: Sort): ReportGroup[] {
  const key = SORTS.find((it) => it === sort.key) ?? "last";
  const direction = sort.descending ? -1 : 1;
  const byColumn = (left: ReportTotal, right: ReportTotal, nameOf: (it: never) => string) => {
    const names = compareValues(nameOf(left as never), nameOf(right as never));
    if (key === "name") {
      return direction * names;
    }
    const [a, b] = [left[key], right[key]];
    // What was not there before has no percentage; it comes last in both directions.
    if (a === null || b === null) {
      return Number(a === null) - Number(b === null) || names;
    }
    return direction * (a - b) || names;
  };
  const rows = new Map<string, ReportRow[]>();
  for (const row of report.rows.slice(0, ROWS_SHOWN_MAX)) {
    rows.set(row.service, [...(rows.get(row.service) ?? []), row]);
  }
  return [...report.totals]
    .sort((a, b) => byColumn(a, b, (it: ReportTotal) => it.service))
    .map((total) => ({
      total,
      rows: (rows.get(total.service) ?? []).sort((a, b) =>
        byColumn(a, b, (it: ReportRow) => it.error_type),
      ),
    }));
}

/** All services together. */
export function reportTotal(totals: readonly ReportTotal[]): Omit<ReportTotal, "service"> {
  const before_last = totals.reduce((sum, it) => sum + it.before_last, 0);
  const last = totals.reduce((sum, it) => sum + it.last, 0);
  const change = last - before_last;
  return {
    before_last,
    last,
    change,
    change_percent: before_last === 0 ? null : (100 * change) / before_last,
  };
}
