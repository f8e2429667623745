/** A search as an answer of rows and columns, and as SQL. */
import { answer, api, type Schemas } from "@/api/client";
import type { Asked } from "../logs-api";

const ROWS_MAX = 10_000;

function bodyOf({ query, fromMs, toMs, environment }: Asked) {
  return {
    query,
    source: "logs" as const,
    from_ms: fromMs,
    to_ms: toMs,
    ...(environment === undefined ? {} : { environment }),
  };
}

async function post<Data>(path: string, body: object, signal?: AbortSignal): Promise<Data> {
  const ask = api.POST as unknown as (
    path: string,
    init: object,
  ) => Promise<{ data?: Data; error?: unknown; response: Response }>;
  return answer(ask(`/api/v1/search${path}`, { body, signal }));
}

export function runSearch(asked: Asked, signal: AbortSignal): Promise<Schemas["ColumnsAnswer"]> {
  return post("", { ...bodyOf(asked), format: "columns", max_rows: ROWS_MAX }, signal);
}

export async function sqlOfSearch(asked: Asked): Promise<string> {
  return (await post<{ sql: string }>("/explain", bodyOf(asked))).sql;
}
