/** What the explorer asks, from what its URL says. */
import type { CostContextValue } from "../cost-context";
import type { ExploreSearch, Granularity } from "../cost-search";
import type { ExploreRequest } from "../cost-types";
import { type CostPeriod, DAY_MS } from "../period";
import { readFilters } from "./filters";

export const FIRST_DIMENSION = "service_name";
/** More rows than anybody reads; the rest is one row. */
const ROWS_MAX = 500;

/** Bars that can be told apart. */
export function fittingGranularity({ fromMs, toMs }: CostPeriod): Granularity {
  const days = (toMs - fromMs) / DAY_MS;
  if (days <= 2) {
    return "hour";
  }
  if (days <= 62) {
    return "day";
  }
  return days <= 186 ? "week" : "month";
}

export function dimensionsOf({ by }: ExploreSearch): string[] {
  return by ?? [FIRST_DIMENSION];
}

export function granularityOf(search: ExploreSearch, period: CostPeriod): Granularity {
  return search.every ?? fittingGranularity(period);
}

export function exploreRequest(search: ExploreSearch, cost: CostContextValue): ExploreRequest {
  const { period, metric, currency } = cost;
  return {
    from_ms: period.fromMs,
    to_ms: period.toMs,
    metric,
    ...(currency === undefined ? {} : { currency }),
    group_by: dimensionsOf(search),
    granularity: granularityOf(search, period),
    filters: readFilters(search.f),
    charges: { exclude: search.without ?? [] },
    rows_max: ROWS_MAX,
    sort: search.largest ?? "total",
  };
}

/** What explains a dimension: the next question after one of its values was chosen. */
const EXPLAINED_BY: Readonly<Record<string, string>> = {
  service_category: "service_name",
  sub_account_id: "service_name",
  sub_account_name: "service_name",
  billing_account_id: "sub_account_id",
  region_id: "service_name",
  network: "x_usage_type",
  charge: "service_name",
  service_name: "x_usage_type",
  x_usage_type: "x_operation",
};

/** The dimensions to look at after narrowing down to one row. */
export function nextDimensions(by: readonly string[]): string[] {
  const last = by.at(-1) ?? FIRST_DIMENSION;
  const isTag = last.startsWith("tag:") || last.startsWith("virtual:");
  const next = isTag ? FIRST_DIMENSION : EXPLAINED_BY[last];
  return next === undefined || by.includes(next) ? [...by] : [next];
}
