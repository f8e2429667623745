/** The questions of the trace page. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";

const TRACE_STALE_AFTER_MS = 60_000;

export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ["trace", traceId],
    staleTime: TRACE_STALE_AFTER_MS,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}", { params: { path: { trace_id: traceId } }, signal }),
      ),
  });
}

export function traceLogsQuery(traceId: string) {
  return queryOptions({
    queryKey: ["trace-logs", traceId],
    staleTime: TRACE_STALE_AFTER_MS,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}/logs", {
          params: { path: { trace_id: traceId } },
          signal,
        }),
      ),
  });
}
