/** Where the time goes, by operation as the server tells it, or by service. */
import type { TimeRow } from "../traces-api";

export interface TimeShare extends TimeRow {
  key: string;
}

export function byOperation(rows: readonly TimeRow[]): TimeShare[] {
  return rows.map((row, at) => ({ ...row, key: String(at) }));
}

/** Sums of the rows of each service, the largest self time first. */
export function byService(rows: readonly TimeRow[]): TimeShare[] {
  const services = new Map<string, TimeShare>();
  for (const row of rows) {
    const sum = services.get(row.service);
    if (sum === undefined) {
      services.set(row.service, {
        ...row,
        key: row.service,
        operation: "",
        kind: null,
        peer: null,
      });
      continue;
    }
    sum.spans += row.spans;
    sum.errors += row.errors;
    sum.self_ms += row.self_ms;
    sum.self_percent += row.self_percent;
    sum.critical_ms += row.critical_ms;
    sum.critical_percent += row.critical_percent;
  }
  return [...services.values()].sort((a, b) => b.self_ms - a.self_ms);
}
