/** Cost by what the business does: the questions, and how its numbers come in. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { COST, given, type Shown } from "../cost-api";
import type { CostPeriod } from "../period";

export type BusinessMetric = Schemas["BusinessMetric"];
export type UnitPoint = Schemas["UnitCostPoint"];
export type UnitRow = Schemas["UnitCostRow"];
export type UnitCosts = Schemas["UnitCosts"];
export type UnitFigures = Schemas["UnitCostOfPeriod"];
export type UnitPart = Schemas["UnitCostPart"];
export type UnitExplanation = Schemas["UnitCostExplanation"];
export type CsvOutcome = Schemas["BusinessOutcome"];

interface Asked extends Shown {
  period: CostPeriod;
}

const METRICS_KEY = [COST, "business metrics"];

export const businessMetricsQuery = queryOptions({
  queryKey: METRICS_KEY,
  queryFn: async ({ signal }) =>
    (await answer(api.GET("/api/v1/business-metrics", { signal }))).metrics,
});

export function unitsQuery(asked: Asked, business: string | undefined, by: string | undefined) {
  const { period, metric, currency } = asked;
  const query = given({
    metric: business ?? "",
    by: by ?? "none",
    from_ms: period.fromMs,
    to_ms: period.toMs,
    granularity: "day" as const,
    cost_metric: metric,
    currency,
  });
  return queryOptions({
    queryKey: [COST, "units", query],
    enabled: business !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/cost/units", { params: { query }, signal })),
  });
}

interface Span {
  fromMs: number;
  toMs: number;
}

export function explainQuery(asked: Asked, business: string, by: string | undefined, before: Span) {
  const { period, metric, currency } = asked;
  const spanOf = ({ fromMs, toMs }: Span) => ({ from_ms: fromMs, to_ms: toMs });
  const body = given({
    metric: business,
    by: by ?? "none",
    before: spanOf(before),
    after: spanOf(period),
    cost_metric: metric,
    currency,
  });
  return queryOptions({
    queryKey: [COST, "units explained", body],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/cost/units/explain", { body, signal })),
  });
}

export interface CsvUpload {
  metric: string;
  time: string;
  value: string;
  text: string;
}

/** The columns that are neither time nor value become dimensions. */
export async function uploadCsv({ metric, time, value, text }: CsvUpload): Promise<CsvOutcome> {
  const params = { query: { metric, time, value } };
  const headers = { "content-type": "text/csv" };
  const init = { params, headers, body: text, bodySerializer: (body: string) => body };
  const outcome = await answer(api.POST("/api/v1/business-metrics/csv", init));
  await queryClient.invalidateQueries({ queryKey: [COST] });
  return outcome;
}
