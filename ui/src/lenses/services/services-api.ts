/** The questions of the services lens. */
import { keepPreviousData, type QueryKey, queryOptions } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, type Schemas } from "@/api/client";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";

export type Figures = Schemas["Figures"];
export type ServiceRow = Schemas["ServiceRow"];
export type ServiceOverview = Schemas["ServiceOverview"];
export type InfrastructureAttribute = Schemas["InfrastructureAttribute"];
export type ServiceSeries = Schemas["ServiceSeries"];
export type VersionSeries = Schemas["VersionSeries"];
export type EndpointRow = Schemas["EndpointRow"];
export type EndpointsAnswer = Schemas["EndpointsAnswer"];
export type LatencyBucket = Schemas["LatencyBucket"];
export type LatencyDistribution = Schemas["LatencyDistribution"];
export type HitMap = Schemas["HitMap"];
export type MapNode = Schemas["MapNode"];
export type Dependency = Schemas["Dependency"];
export type ServiceDependencies = Schemas["ServiceDependencies"];
export type Deploy = Schemas["Deploy"];
export type ErrorIssue = Schemas["ErrorIssue"];

/** What every question is about. */
export interface Asked {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

const SERIES_BUCKETS = 60;
const HITS_DRAWN_MAX = 5000;
const HITS_LISTED_MAX = 1000;
const ENDPOINTS_LISTED_MAX = 1000;
const ISSUES_LISTED = 20;
const DEPLOYS_LISTED_MAX = 100;

/** The time range and environment of the page, in whole milliseconds. */
export function useAsked(): Asked {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  return useMemo(
    () => ({ fromMs: Math.round(fromMs), toMs: Math.round(toMs), environment }),
    [fromMs, toMs, environment],
  );
}

type Present<Parameters> = { [Name in keyof Parameters]?: NonNullable<Parameters[Name]> };

/** Leaves out what is not asked for. */
export function present<Parameters extends object>(parameters: Parameters): Present<Parameters> {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<Parameters>;
}

/** The parameters that every question has. */
export function parametersOf({ fromMs, toMs, environment }: Asked) {
  return { from_ms: fromMs, to_ms: toMs, ...present({ environment }) };
}

export function servicesQuery(asked: Asked) {
  return queryOptions({
    queryKey: ["services", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/services", { params: { query: parametersOf(asked) }, signal })),
  });
}

const SERVICE = "service";

/** The answer about a service stays while the next one loads; that about another never shows. */
function ofSameService<Answer>(service: string) {
  const keep = (before: Answer | undefined, query?: { queryKey: QueryKey }) =>
    query?.queryKey[1] === service ? before : undefined;
  return keep as never;
}

export function overviewQuery(asked: Asked, service: string) {
  return queryOptions({
    queryKey: [SERVICE, service, "overview", asked],
    placeholderData: ofSameService<ServiceOverview>(service),
    queryFn: ({ signal }): Promise<ServiceOverview> => {
      const params = { path: { service }, query: parametersOf(asked) };
      return answer(api.GET("/api/v1/services/{service}", { params, signal }));
    },
  });
}

export function seriesQuery(asked: Asked, service: string, endpoint: string | undefined) {
  return queryOptions({
    queryKey: [SERVICE, service, "series", endpoint, asked],
    placeholderData: ofSameService<ServiceSeries>(service),
    queryFn: ({ signal }): Promise<ServiceSeries> => {
      const query = { ...parametersOf(asked), ...present({ endpoint }), buckets: SERIES_BUCKETS };
      const params = { path: { service }, query };
      return answer(api.GET("/api/v1/services/{service}/series", { params, signal }));
    },
  });
}

export function endpointsQuery(asked: Asked, service: string) {
  return queryOptions({
    queryKey: [SERVICE, service, "endpoints", asked],
    placeholderData: ofSameService<EndpointsAnswer>(service),
    queryFn: ({ signal }): Promise<EndpointsAnswer> => {
      const query = { ...parametersOf(asked), limit: ENDPOINTS_LISTED_MAX };
      const params = { path: { service }, query };
      return answer(api.GET("/api/v1/services/{service}/endpoints", { params, signal }));
    },
  });
}

export function latencyQuery(asked: Asked, service: string, endpoint: string | undefined) {
  return queryOptions({
    queryKey: [SERVICE, service, "latency", endpoint, asked],
    placeholderData: ofSameService<LatencyDistribution>(service),
    queryFn: ({ signal }): Promise<LatencyDistribution> => {
      const query = { ...parametersOf(asked), ...present({ endpoint }) };
      const params = { path: { service }, query };
      return answer(api.GET("/api/v1/services/{service}/latency", { params, signal }));
    },
  });
}

export interface HitsAsked {
  endpoint: string | undefined;
  errorsOnly: boolean;
  minMs?: number | undefined;
  maxMs?: number | undefined;
}

function limitedHitsQuery(asked: Asked, service: string, wanted: HitsAsked, limit: number) {
  const { endpoint, errorsOnly, minMs, maxMs } = wanted;
  return queryOptions({
    queryKey: [SERVICE, service, "hits", wanted, limit, asked],
    placeholderData: ofSameService<HitMap>(service),
    queryFn: ({ signal }): Promise<HitMap> => {
      const chosen = present({ endpoint, min_ms: minMs, max_ms: maxMs });
      const failed = errorsOnly ? { errors_only: true } : {};
      const query = { ...parametersOf(asked), ...chosen, ...failed, limit };
      const params = { path: { service }, query };
      return answer(api.GET("/api/v1/services/{service}/hits", { params, signal }));
    },
  });
}

export function hitsQuery(asked: Asked, service: string, wanted: HitsAsked) {
  return limitedHitsQuery(asked, service, wanted, HITS_DRAWN_MAX);
}

/** The requests inside a box of the hit map. */
export function boxQuery(asked: Asked, service: string, wanted: HitsAsked) {
  return limitedHitsQuery(asked, service, wanted, HITS_LISTED_MAX);
}

export function dependenciesQuery(asked: Asked, service: string) {
  return queryOptions({
    queryKey: [SERVICE, service, "dependencies", asked],
    placeholderData: ofSameService<ServiceDependencies>(service),
    queryFn: ({ signal }): Promise<ServiceDependencies> => {
      const params = { path: { service }, query: parametersOf(asked) };
      return answer(api.GET("/api/v1/services/{service}/dependencies", { params, signal }));
    },
  });
}

/** The issues that the service met most. */
export function issuesQuery(asked: Asked, service: string) {
  return queryOptions({
    queryKey: ["errors", "of-service", service, asked],
    queryFn: ({ signal }) => {
      const query = {
        ...parametersOf(asked),
        service,
        state: "all",
        sort: "count",
        limit: ISSUES_LISTED,
      } as const;
      return answer(api.GET("/api/v1/errors", { params: { query }, signal }));
    },
  });
}

/** Of all services when none is named. */
export function deploysQuery(asked: Asked, service: string | undefined) {
  return queryOptions({
    queryKey: ["deploys", service, asked],
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(asked), ...present({ service }), limit: DEPLOYS_LISTED_MAX };
      return answer(api.GET("/api/v1/deploys", { params: { query }, signal }));
    },
  });
}
