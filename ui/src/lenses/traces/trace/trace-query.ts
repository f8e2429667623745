/** The questions of the trace page. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { LoadedTrace } from "./load-trace";

const TRACE_STALE_AFTER_MS = 60_000;

/** Hands the answer to a worker, and gets what is drawn. */
function readInWorker(bytes: ArrayBuffer, signal: AbortSignal): Promise<LoadedTrace> {
  const worker = new Worker(new URL("./trace.worker.ts", import.meta.url), { type: "module" });
  return new Promise<LoadedTrace>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<LoadedTrace>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message || "the trace cannot be read"));
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    worker.postMessage(bytes, [bytes]);
  }).finally(() => worker.terminate());
}

export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ["trace", traceId],
    staleTime: TRACE_STALE_AFTER_MS,
    // Large arrays are not compared with those before.
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const params = { path: { trace_id: traceId } };
      const bytes = await answer(
        api.GET("/api/v1/traces/{trace_id}", { params, signal, parseAs: "arrayBuffer" }),
      );
      return readInWorker(bytes, signal);
    },
  });
}

/** `startNs` tells spans of the same id apart: nanoseconds since 1970 as decimal text. */
export function spanQuery(traceId: string, spanId: string, startNs: string) {
  return queryOptions({
    queryKey: ["trace-span", traceId, spanId, startNs],
    staleTime: TRACE_STALE_AFTER_MS,
    queryFn: ({ signal }) => {
      const params = {
        path: { trace_id: traceId, span_id: spanId },
        query: { start_ns: startNs },
      };
      return answer(api.GET("/api/v1/traces/{trace_id}/spans/{span_id}", { params, signal }));
    },
  });
}

export function traceLogsQuery(traceId: string) {
  return queryOptions({
    queryKey: ["trace-logs", traceId],
    staleTime: TRACE_STALE_AFTER_MS,
    queryFn: ({ signal }) => {
      const params = { path: { trace_id: traceId } };
      return answer(api.GET("/api/v1/traces/{trace_id}/logs", { params, signal }));
    },
  });
}
