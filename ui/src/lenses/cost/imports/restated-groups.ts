/** The differences of a restated month, added up by day, by account or by service, exactly. */
import { addMoney } from "@/common/money";
import type { RestatementRow } from "../cost-types";
import { dayText } from "../period";

export const RESTATED_BY = ["each", "day", "account", "service"] as const;
export type RestatedBy = (typeof RESTATED_BY)[number];

export interface RestatedGroup
  extends Pick<
    RestatementRow,
    | "sub_account_id"
    | "service_name"
    | "currency"
    | "billed_before"
    | "billed_after"
    | "effective_before"
    | "effective_after"
  > {
  key: string;
  /** Absent where days are added up. */
  day: string | undefined;
}

/** When a month was restated more than once, the latest time counts. */
export function latestRestatement(rows: readonly RestatementRow[]): RestatementRow[] {
  const latest = rows.reduce((newest, it) => Math.max(newest, it.imported_ms), 0);
  return rows.filter((it) => it.imported_ms === latest);
}

export function restatedGroups(rows: readonly RestatementRow[], by: RestatedBy): RestatedGroup[] {
  const groups = new Map<string, RestatementRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.currency, ...partsOf(row, by)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.entries()].map(([key, parts]) => groupOf(key, parts, by));
}

function partsOf(row: RestatementRow, by: RestatedBy): unknown[] {
  const { day_ms, sub_account_id, service_name } = row;
  return {
    each: [day_ms, sub_account_id, service_name],
    day: [day_ms],
    account: [sub_account_id],
    service: [service_name],
  }[by];
}

function groupOf(key: string, parts: readonly RestatementRow[], by: RestatedBy): RestatedGroup {
  const first = parts[0];
  const sum = (name: "billed_before" | "billed_after" | "effective_before" | "effective_after") =>
    addMoney(parts.map((it) => it[name]));
  return {
    key,
    day: by === "each" || by === "day" ? dayText(first?.day_ms ?? 0) : undefined,
    sub_account_id: by === "each" || by === "account" ? (first?.sub_account_id ?? null) : null,
    service_name: by === "each" || by === "service" ? (first?.service_name ?? null) : null,
    currency: first?.currency ?? "",
    billed_before: sum("billed_before"),
    billed_after: sum("billed_after"),
    effective_before: sum("effective_before"),
    effective_after: sum("effective_after"),
  };
}
