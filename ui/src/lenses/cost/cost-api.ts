/** The questions of the cost lens, and what people write there. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { queryClient } from "@/api/queries";
import type { Metric } from "./cost-search";
import type { ExploreRequest, ImportJob, ImportStart } from "./cost-types";

/** The first part of every key here: what is invalidated when a bill or a document changes. */
export const COST = "cost";

/** The parameters that have a value. */
export type Given<Parameters> = {
  [Name in keyof Parameters]: Exclude<Parameters[Name], undefined>;
};

/** Parameters without a value are not sent. */
export function given<Parameters extends object>(parameters: Parameters): Given<Parameters> {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<Parameters>;
}

/** What amounts are shown: the view of cost and the currency. */
export interface Shown {
  metric: Metric;
  currency: string | undefined;
}

export function overviewQuery({ metric, currency }: Shown) {
  return queryOptions({
    queryKey: [COST, "overview", metric, currency],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = given({ metric, currency });
      return answer(api.GET("/api/v1/cost/overview", { params: { query }, signal }));
    },
  });
}

export function exploreQuery(body: ExploreRequest) {
  return queryOptions({
    queryKey: [COST, "explore", body],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answer(api.POST("/api/v1/cost/explore", { body, signal })),
  });
}

export function dimensionsQuery(fromMs: number, toMs: number) {
  return queryOptions({
    queryKey: [COST, "dimensions", fromMs, toMs],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { from_ms: fromMs, to_ms: toMs };
      const asked = api.GET("/api/v1/cost/dimensions", { params: { query }, signal });
      return (await answer(asked)).dimensions;
    },
  });
}

export interface ValuesAsked {
  dimension: string;
  query: string;
  fromMs: number;
  toMs: number;
}

export function dimensionValuesQuery({ dimension, query: text, fromMs, toMs }: ValuesAsked) {
  return queryOptions({
    queryKey: [COST, "dimension values", dimension, text, fromMs, toMs],
    queryFn: async ({ signal }) => {
      const query = { dimension, query: text, from_ms: fromMs, to_ms: toMs };
      const asked = api.GET("/api/v1/cost/dimensions/values", { params: { query }, signal });
      return (await answer(asked)).values;
    },
  });
}

export const snapshotsQuery = queryOptions({
  queryKey: [COST, "snapshots"],
  queryFn: async ({ signal }) =>
    (await answer(api.GET("/api/v1/cost/snapshots", { signal }))).snapshots,
});

export function restatementsQuery(source: string, periodStartMs: number) {
  return queryOptions({
    queryKey: [COST, "restatements", source, periodStartMs],
    queryFn: ({ signal }) => {
      const query = { source, period_start_ms: periodStartMs };
      return answer(api.GET("/api/v1/cost/restatements", { params: { query }, signal }));
    },
  });
}

const ACTIVE_EVERY_MS = 1000;
const IDLE_EVERY_MS = 15_000;

export function isActive({ state }: Pick<ImportJob, "state">): boolean {
  return state === "queued" || state === "running";
}

/** Asked each second while something is being imported, so that the bar moves. */
export const importsQuery = queryOptions({
  queryKey: [COST, "imports"],
  queryFn: async ({ signal }) => (await answer(api.GET("/api/v1/cost/imports", { signal }))).jobs,
  refetchInterval: ({ state }) => (state.data?.some(isActive) ? ACTIVE_EVERY_MS : IDLE_EVERY_MS),
});

export function startImport(body: ImportStart): Promise<ImportJob> {
  return answer(api.POST("/api/v1/cost/imports", { body }));
}

export async function cancelImport(id: string): Promise<void> {
  await answer(api.DELETE("/api/v1/cost/imports/{id}", { params: { path: { id } } }));
}

export function jobsChanged(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: importsQuery.queryKey });
}

/** After a bill, a rate or a rule has changed: everything that is computed from it is asked again. */
export function costChanged(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [COST] });
}
