/** Searches of the logs lens that a trace leads to. */
import { fieldTerm } from "@/common/search-bar/query-edits";
import type { Trace } from "../traces-api";

/** Clocks differ, and work goes on after its span has ended. */
const AROUND_MS = 5 * 60_000;

type Times = Pick<Trace, "trace_id" | "start_ms" | "duration_ns">;

/** The records of the trace, or of one span, whatever time and environment were looked at. */
export function logsSearch(trace: Times, spanId?: string) {
  const { trace_id: traceId, start_ms: startMs, duration_ns: durationNs } = trace;
  const terms = [fieldTerm("trace_id", [traceId])];
  if (spanId !== undefined) {
    terms.push(fieldTerm("span_id", [spanId]));
  }
  return {
    q: terms.join(" "),
    from: String(Math.floor(startMs - AROUND_MS)),
    to: String(Math.ceil(startMs + durationNs / 1e6 + AROUND_MS)),
    env: undefined,
  };
}
