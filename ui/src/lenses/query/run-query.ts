/** Runs SQL, and stops it when nobody waits any more: the server ends a query whose client is gone. */
import { useCallback, useEffect, useRef, useState } from "react";
import { answer, api, type Schemas } from "@/api/client";
import { fillPlaceholders, type PlaceholderValues, type SentSql } from "./placeholders";

/** More rows are asked for as CSV from the command line. */
export const ROWS_MAX = 10_000;
const ELAPSED_EVERY_MS = 100;

export type Result = Schemas["ColumnsAnswer"];

export interface Run {
  status: "idle" | "running" | "done" | "failed" | "cancelled";
  written: string;
  sent: SentSql | null;
  /** Stays while the next answer is awaited. */
  result: Result | null;
  error: unknown;
  startedAtMs: number;
}

const NOT_RUN: Run = {
  status: "idle",
  written: "",
  sent: null,
  result: null,
  error: null,
  startedAtMs: 0,
};

export function useRunQuery() {
  const [run, setRun] = useState<Run>(NOT_RUN);
  const controller = useRef<AbortController | null>(null);
  const cancel = useCallback(() => {
    controller.current?.abort();
    controller.current = null;
    setRun((it) => (it.status === "running" ? { ...it, status: "cancelled" } : it));
  }, []);
  const start = useCallback(async (written: string, values: PlaceholderValues) => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    const sent = fillPlaceholders(written, values);
    const begun = { written, sent, error: null, startedAtMs: Date.now() };
    setRun((it) => ({ ...it, ...begun, status: "running" }));
    const change = (next: Partial<Run>) =>
      controller.current === own && setRun((it) => ({ ...it, ...next }));
    try {
      const body = { query: sent.text, format: "columns" as const, max_rows: ROWS_MAX };
      const result = await answer(api.POST("/api/v1/sql", { body, signal: own.signal }));
      change({ status: "done", result: result as Result });
    } catch (error) {
      change({ status: "failed", error, result: null });
    }
  }, []);
  const clear = useCallback(() => {
    controller.current?.abort();
    controller.current = null;
    setRun(NOT_RUN);
  }, []);
  // Leaving the page ends the query.
  useEffect(() => () => controller.current?.abort(), []);
  return { run, start, cancel, clear };
}

/** Milliseconds since the start while a query runs. */
export function useElapsed(run: Run): number {
  const [nowMs, setNowMs] = useState(Date.now);
  const isRunning = run.status === "running";
  useEffect(() => {
    if (!isRunning) {
      return;
    }
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), ELAPSED_EVERY_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return Math.max(0, nowMs - run.startedAtMs);
}
