/** What services, endpoints and traces cost, for the pages of other lenses. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

/** An input that is not there, and how it comes. */
export type Missing = Schemas["CostMissing"];
export type CostDriver = Schemas["DriverCost"];
export type EndpointCost = Schemas["EndpointCost"];
export type EndpointCosts = Schemas["EndpointCosts"];
export type ServiceCost = Schemas["ServiceCost"];
export type ServiceCosts = Schemas["ServiceCostsAnswer"];
export type SpanCost = Schemas["SpanCost"];
export type TraceCost = Schemas["TraceCost"];

export interface Period {
  fromMs: number;
  toMs: number;
}

/** Bills change a few times a day. */
const STALE_AFTER_MS = 5 * 60_000;

const parametersOf = ({ fromMs, toMs }: Period) => ({ from_ms: fromMs, to_ms: toMs });

export function serviceCostsQuery(period: Period) {
  const query = parametersOf(period);
  return queryOptions({
    queryKey: ["cost", "services", period.fromMs, period.toMs],
    placeholderData: keepPreviousData,
    staleTime: STALE_AFTER_MS,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/cost/services", { params: { query }, signal })),
  });
}

export function endpointCostsQuery(period: Period, service: string) {
  const query = { ...parametersOf(period), service_name: service };
  return queryOptions({
    queryKey: ["cost", "endpoints", service, period.fromMs, period.toMs],
    // Columns must not come and go as time does; those of another service would be wrong, though.
    placeholderData: (before: EndpointCosts | undefined, beforeQuery) =>
      beforeQuery?.queryKey[2] === service ? before : undefined,
    staleTime: STALE_AFTER_MS,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/cost/endpoints", { params: { query }, signal })),
  });
}

export function traceCostQuery(traceId: string) {
  const path = { trace_id: traceId };
  return queryOptions({
    queryKey: ["cost", "trace", traceId],
    staleTime: STALE_AFTER_MS,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/cost/traces/{trace_id}", { params: { path }, signal })),
  });
}
