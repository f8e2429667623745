/** A search as an answer of rows and columns, and as SQL. */
import { answer, api, type Schemas } from "@/api/client";
import type { Asked } from "../logs-api";

const ROWS_MAX = 10_000;

function bodyOf({ query, fromMs, toMs, environment }: Asked) {
  return {
    query,
    source: "logs",
    from_ms: fromMs,
    to_ms: toMs,
    ...(environment === undefined ? {} : { environment }),
  };
}

export async function runSearch(
  asked: Asked,
  signal: AbortSignal,
): Promise<Schemas["ColumnsAnswer"]> {
  const body = { ...bodyOf(asked), format: "columns", max_rows: ROWS_MAX };
  return (await answer(api.POST("/api/v1/search", { body, signal }))) as Schemas["ColumnsAnswer"];
}

export async function sqlOfSearch(asked: Asked): Promise<string> {
  return (await answer(api.POST("/api/v1/search/explain", { body: bodyOf(asked) }))).sql;
}
