/** Searches that lead from a service to its traces and logs. */
import { fieldTerm } from "@/common/search-bar/query-edits";

export interface SpansWanted {
  /** Only spans that count as requests: entry spans, or root spans in a service without any. */
  requests?: "entries" | "roots" | undefined;
  version?: string | null | undefined;
  failed?: boolean | undefined;
  minMs?: number | undefined;
  maxMs?: number | undefined;
}

const REQUESTS = { entries: "kind:(server OR consumer)", roots: "-parent_id:*" };

/** A search for the spans of a service, in the language of the traces page. */
export function spansQuery(service: string, wanted: SpansWanted = {}): string {
  const { requests, version, failed, minMs, maxMs } = wanted;
  return [
    fieldTerm("service", [service === "" ? null : service]),
    requests === undefined ? "" : REQUESTS[requests],
    version === undefined ? "" : fieldTerm("version", [version]),
    failed === true ? "status:error" : "",
    minMs === undefined ? "" : `duration:>=${durationText(minMs)}`,
    maxMs === undefined ? "" : `duration:<${durationText(maxMs)}`,
  ]
    .filter((term) => term !== "")
    .join(" ");
}

/** Whole microseconds: the language knows no exponents. */
function durationText(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}us`;
}

/** Rows of traces or logs of the service whose resource has this value. */
export function attributeQuery(service: string, key: string, value: string): string {
  return `${fieldTerm("service", [service])} ${fieldTerm(key, [value])}`;
}
