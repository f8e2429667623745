/** The questions of the dependencies lens. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import type { DependencyKind, ListedKind } from "./routes";

export type Dependency = Schemas["DependencyRow"];
export type Evidence = Schemas["Evidence"];
export type EvidenceOperation = Schemas["OperationEvidence"];
export type AffectedRequest = Schemas["AffectedCall"];
export type AffectedIds = Schemas["AffectedIds"];
export type AttributeKey = Schemas["AttributeKey"];

/** The limit of the partner in the story that everybody knows: ten seconds. */
export const THRESHOLD_MS = 10_000;
/** Affected requests that one page holds. */
export const AFFECTED_MAX = 1000;

/** The time range and environment of the page, in whole milliseconds. */
export interface Scope {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

function scopeParameters({ fromMs, toMs, environment }: Scope) {
  return {
    from_ms: Math.round(fromMs),
    to_ms: Math.round(toMs),
    ...(environment === undefined ? {} : { environment }),
  };
}

export function dependenciesQuery(scope: Scope, kind: ListedKind, thresholdMs: number) {
  return queryOptions({
    queryKey: ["dependencies", "list", scope, kind, thresholdMs],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = { ...scopeParameters(scope), kind, threshold_ms: thresholdMs };
      return answer(api.GET("/api/v1/dependencies", { params: { query }, signal }));
    },
  });
}

export interface EvidenceAsked extends Scope {
  name: string;
  kind: DependencyKind;
  operation: string | undefined;
  caller: string | undefined;
  thresholdMs: number;
  /** Keys of attributes; the likeliest one when undefined. */
  attributes: readonly string[] | undefined;
}

export function evidenceQuery(asked: EvidenceAsked) {
  const { name, kind, operation, caller, thresholdMs, attributes } = asked;
  return queryOptions({
    queryKey: ["dependencies", "evidence", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        ...scopeParameters(asked),
        name,
        kind,
        threshold_ms: thresholdMs,
        limit: AFFECTED_MAX,
        ...(operation === undefined ? {} : { operation }),
        ...(caller === undefined ? {} : { caller }),
        ...(attributes === undefined ? {} : { attributes: attributes.join(",") }),
      };
      return answer(api.GET("/api/v1/dependencies/evidence", { params: { query }, signal }));
    },
  });
}
