/** The questions of the search over traces. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import type { FacetAnswer } from "@/common/facets/Facets";
import type { Sort } from "./routes";

export type Trace = Schemas["Trace"];
export type SpanDetail = Schemas["SpanDetail"];
export type SpanEvent = Schemas["SpanEvent"];
export type TraceLog = Schemas["LogRow"];
export type TraceHit = Schemas["TraceHit"];
export type TraceHistogram = Schemas["TraceHistogram"];
export type TimeBreakdown = Schemas["TimeBreakdown"];
export type TimeRow = Schemas["TimeRow"];
export type TraceComparison = Schemas["TraceComparison"];
export type ComparedAttribute = Schemas["AttributeDifference"];
export type ComparedTime = Schemas["TimeDifference"];

/** What every question is about. */
export interface Asked {
  query: string;
  only: "root" | undefined;
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

const TRACES = "traces";
const PAGE_ROWS = 100;

function parametersOf({ query, only, fromMs, toMs, environment }: Asked) {
  return {
    ...(query === "" ? {} : { query }),
    ...(only === undefined ? {} : { only }),
    from_ms: fromMs,
    to_ms: toMs,
    ...(environment === undefined ? {} : { environment }),
  };
}

export function searchQuery(asked: Asked, sort: Sort) {
  return infiniteQueryOptions({
    queryKey: [TRACES, "search", asked, sort],
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Schemas["TraceSearch"]) => page.next_cursor,
    queryFn: ({ signal, pageParam }) => {
      const cursor = pageParam === null ? {} : { cursor: pageParam };
      const query = { ...parametersOf(asked), sort, limit: PAGE_ROWS, ...cursor };
      return answer(api.GET("/api/v1/traces/search", { params: { query }, signal }));
    },
  });
}

export function histogramQuery(asked: Asked, buckets: number) {
  return queryOptions({
    queryKey: [TRACES, "histogram", asked, buckets],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(asked), buckets };
      return answer(api.GET("/api/v1/traces/histogram", { params: { query }, signal }));
    },
  });
}

export function facetsQuery(asked: Asked, fields: readonly string[]) {
  return queryOptions<FacetAnswer>({
    queryKey: [TRACES, "facets", asked, fields],
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(asked), fields: fields.join(",") };
      return answer(api.GET("/api/v1/traces/facets", { params: { query }, signal }));
    },
  });
}

export function timeQuery(asked: Asked, traces: number) {
  return queryOptions({
    queryKey: [TRACES, "time", asked, traces],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(asked), traces };
      return answer(api.GET("/api/v1/traces/time", { params: { query }, signal }));
    },
  });
}

export interface Thresholds {
  slowMs: number | undefined;
  fastMs: number | undefined;
}

export function compareQuery(asked: Asked, { slowMs, fastMs }: Thresholds) {
  return queryOptions({
    queryKey: [TRACES, "compare", asked, slowMs, fastMs],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        ...parametersOf(asked),
        ...(slowMs === undefined ? {} : { slow_over_ms: slowMs }),
        ...(fastMs === undefined ? {} : { fast_under_ms: fastMs }),
      };
      return answer(api.GET("/api/v1/traces/compare", { params: { query }, signal }));
    },
  });
}
