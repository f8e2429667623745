/** The questions of the logs lens. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { apiErrorFrom } from "@/api/errors";
import type { FacetAnswer } from "@/common/facets/Facets";
import type { VolumeGroupBy } from "./routes";

export type LogRow = Schemas["LogEntry"];
export type LogRecord = Schemas["LogRecord"];
export type LogsAnswer = Schemas["LogsAnswer"];
export type Histogram = Schemas["Histogram"];
export type PatternRow = Schemas["PatternRow"];
export type Volume = Schemas["Volume"];
export type VolumeGroup = Schemas["VolumeGroup"];
export type Suggestion = Schemas["Suggestion"];

export type PipelinesStatus = Schemas["PipelinesStatus"];
export type PipelineState = Schemas["PipelineState"];
export type RuleState = Schemas["RuleState"];
export type TryAnswer = Schemas["TryAnswer"];

/** What every question is about. */
export interface Asked {
  query: string;
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

/** The parameters that every question of the API has. */
export function parametersOf({ query, fromMs, toMs, environment }: Asked) {
  return {
    ...(query === "" ? {} : { query }),
    from_ms: Math.round(fromMs),
    to_ms: Math.round(toMs),
    ...(environment === undefined ? {} : { environment }),
  };
}

const LOGS = "logs";

export interface PageAsked extends Asked {
  order: "desc" | "asc";
  columns: readonly string[];
  limit: number;
  cursor: string | null;
}

export function askLogs(asked: PageAsked, signal?: AbortSignal): Promise<LogsAnswer> {
  const { order, columns, limit, cursor } = asked;
  const query = {
    ...parametersOf(asked),
    order,
    limit,
    ...(cursor === null ? {} : { cursor }),
    ...(columns.length === 0 ? {} : { columns: columns.join(",") }),
  };
  return answer(api.GET("/api/v1/logs", { params: { query }, signal: signal ?? null }));
}

export function askHistogram(asked: Asked, buckets: number, signal?: AbortSignal) {
  const query = { ...parametersOf(asked), buckets };
  return answer(api.GET("/api/v1/logs/histogram", { params: { query }, signal: signal ?? null }));
}

export function histogramQuery(asked: Asked, buckets: number) {
  return queryOptions({
    queryKey: [LOGS, "histogram", asked, buckets],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => askHistogram(asked, buckets, signal),
  });
}

export function facetsQuery(asked: Asked, fields: readonly string[]) {
  return queryOptions<FacetAnswer>({
    queryKey: [LOGS, "facets", asked, fields],
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(asked), fields: fields.join(",") };
      return answer(api.GET("/api/v1/logs/facets", { params: { query }, signal }));
    },
  });
}

export function recordQuery(id: string) {
  return queryOptions({
    queryKey: [LOGS, "record", id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/logs/record", { params: { query: { id } }, signal })),
  });
}

export function contextQuery(id: string, count: number) {
  return queryOptions({
    queryKey: [LOGS, "context", id, count],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/logs/context", { params: { query: { id, count } }, signal })),
  });
}

export function pageQuery(asked: PageAsked) {
  return queryOptions({
    queryKey: [LOGS, "page", asked],
    queryFn: ({ signal }) => askLogs(asked, signal),
  });
}

export function patternsQuery(
  asked: Asked,
  compared: { fromMs: number; toMs: number } | undefined,
  limit: number,
) {
  return queryOptions({
    queryKey: [LOGS, "patterns", asked, compared, limit],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const compare =
        compared === undefined
          ? {}
          : {
              compare_from_ms: Math.round(compared.fromMs),
              compare_to_ms: Math.round(compared.toMs),
            };
      const query = { ...parametersOf(asked), ...compare, limit };
      const found = await answer(api.GET("/api/v1/logs/patterns", { params: { query }, signal }));
      return { ...found, isCompared: compared !== undefined };
    },
  });
}

export function volumeQuery(asked: Asked, groupBy: VolumeGroupBy, buckets: number, limit: number) {
  return queryOptions({
    queryKey: [LOGS, "volume", asked, groupBy, buckets, limit],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { ...parametersOf(asked), group_by: groupBy, buckets, limit };
      const volume = await answer(api.GET("/api/v1/logs/volume", { params: { query }, signal }));
      // The answer before may still be shown, under the heading that it has.
      return { volume, groupBy };
    },
  });
}

export function suggestionsQuery(asked: Asked) {
  return queryOptions({
    queryKey: [LOGS, "suggestions", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/logs/suggestions", { params: { query: parametersOf(asked) }, signal }),
      ),
  });
}

const STATUS_EVERY_MS = 10_000;

export const pipelinesStatusQuery = queryOptions({
  queryKey: [LOGS, "pipelines-status"],
  refetchInterval: STATUS_EVERY_MS,
  queryFn: ({ signal }) => answer(api.GET("/api/v1/logs/pipelines/status", { signal })),
});

export function tryPipelines(body: Schemas["TryRequest"]): Promise<TryAnswer> {
  return answer(api.POST("/api/v1/logs/pipelines/try", { body }));
}

/** Of answers that the typed client cannot read as they come. */
export function addressOf(
  path: "/tail" | "/export",
  parameters: Record<string, string | number>,
): string {
  const entries = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return `/api/v1/logs${path}?${new URLSearchParams(entries)}`;
}

/** An answer that is read as it comes. */
export async function openStream(address: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { signal });
  if (!response.ok) {
    throw apiErrorFrom(response, await response.json().catch(() => undefined));
  }
  return response;
}
