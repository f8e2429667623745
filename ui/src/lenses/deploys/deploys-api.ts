/** The question of the comparison page. */
import { queryOptions, skipToken } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { type Asked, parametersOf, present } from "../services/services-api";
import { baseOf, type CompareSearch, isAsked, isSameSide, otherOf } from "./compare-search";

export type Verdict = Schemas["Verdict"];
export type Comparison = Schemas["Comparison"];
export type ComparisonSide = Schemas["ComparisonSide"];
export type TestResult = Schemas["TestResult"];
export type EndpointComparison = Schemas["EndpointComparison"];
export type ErrorClassComparison = Schemas["ErrorClassComparison"];

/** The parameters of the API for what the URL says; undefined while there is nothing to compare. */
export function comparisonParameters(search: CompareSearch, asked: Asked) {
  const [base, other] = [baseOf(search), otherOf(search)];
  const { service } = search;
  const isComplete = isAsked(base) && isAsked(other) && !isSameSide(base, other);
  if (service === undefined || !isComplete) {
    return undefined;
  }
  const sides = present({
    base_version: base.version,
    base_from_ms: base.fromMs,
    base_to_ms: base.toMs,
    version: other.version,
    version_from_ms: other.fromMs,
    version_to_ms: other.toMs,
  });
  return { ...parametersOf(asked), service, ...sides };
}

export function comparisonQuery(search: CompareSearch, asked: Asked) {
  const query = comparisonParameters(search, asked);
  return queryOptions({
    queryKey: ["deploys", "compare", query],
    queryFn:
      query === undefined
        ? skipToken
        : ({ signal }) => answer(api.GET("/api/v1/deploys/compare", { params: { query }, signal })),
  });
}
