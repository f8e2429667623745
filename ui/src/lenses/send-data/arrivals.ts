/** Counts rows that arrive while the page is open, across restarts of the server. */
import type { Schemas } from "@/api/client";

export interface ArrivalCount {
  /** Rows accepted so far by the running server; null before the first read. */
  total: number | null;
  received: number;
}

export const NOTHING_YET: ArrivalCount = { total: null, received: 0 };

export function acceptedRows(status: Schemas["Status"]): number {
  return status.intake.reduce((sum, { accepted_rows }) => sum + accepted_rows, 0);
}

export function countArrivals(count: ArrivalCount, total: number): ArrivalCount {
  if (count.total === null) {
    return { total, received: 0 };
  }
  // Counters begin at zero when the server starts again.
  const more = total < count.total ? total : total - count.total;
  return { total, received: count.received + more };
}
