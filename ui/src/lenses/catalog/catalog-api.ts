/** The questions of the catalog, and what people write there. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import type { CatalogSearch, HygieneSearch } from "./catalog-search";

export type CatalogContact = Schemas["CatalogContact"];
export type CatalogEntry = Schemas["CatalogEntry"];
export type CatalogLink = Schemas["CatalogLink"];
export type CatalogProblem = Schemas["CatalogProblem"];
export type CatalogRule = Schemas["CatalogRule"];
export type CatalogService = Schemas["CatalogService"];
export type CheckedDefinition = Schemas["CheckedDefinition"];
export type Finding = Schemas["Finding"];
export type Catalog = Schemas["Catalog"];
export type CatalogCheck = Schemas["CatalogCheck"];
export type Hygiene = Schemas["Hygiene"];
export type CatalogRuleResult = Schemas["CatalogRuleResult"];

const CATALOG = "catalog";
export const DEFINITION_KIND = "service-definition";
/** What most definitions are about; other kinds stand in front of their names. */
export const SERVICE = "service";

/** What every question is about. */
export interface Scope {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

/** The time range and environment of the page, in whole milliseconds. */
export function useScope(): Scope {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  return useMemo(
    () => ({ fromMs: Math.round(fromMs), toMs: Math.round(toMs), environment }),
    [fromMs, toMs, environment],
  );
}

type Present<Parameters> = { [Name in keyof Parameters]?: NonNullable<Parameters[Name]> };

/** Leaves out what is not asked for. */
function present<Parameters extends object>(parameters: Parameters): Present<Parameters> {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<Parameters>;
}

function parametersOf({ fromMs, toMs, environment }: Scope) {
  return { from_ms: fromMs, to_ms: toMs, ...present({ environment }) };
}

export function catalogQuery(scope: Scope, { q, team, only }: CatalogSearch) {
  return queryOptions({
    queryKey: [CATALOG, "list", scope, q, team, only],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(scope), ...present({ query: q, team, only }) };
      return answer(api.GET("/api/v1/catalog", { params: { query }, signal }));
    },
  });
}

export function entryQuery(scope: Scope, name: string) {
  return queryOptions<CatalogEntry>({
    queryKey: [CATALOG, "entry", name, scope],
    // The same service in another time range may be shown meanwhile, another service must not.
    placeholderData: (before) => (before?.service.name === name ? before : undefined),
    queryFn: ({ signal }) => {
      const params = { path: { name }, query: parametersOf(scope) };
      return answer(api.GET("/api/v1/catalog/services/{name}", { params, signal }));
    },
  });
}

export function hygieneQuery(scope: Scope, { team, rule }: HygieneSearch) {
  return queryOptions({
    queryKey: [CATALOG, "hygiene", scope, team, rule],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = { ...parametersOf(scope), ...present({ team, rule }) };
      return answer(api.GET("/api/v1/catalog/hygiene", { params: { query }, signal }));
    },
  });
}

/** What the server reads in a text; the same text is asked about once. */
export function checkQuery(text: string) {
  return queryOptions({
    queryKey: ["catalog-check", text],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: ({ signal }) => answer(api.POST("/api/v1/catalog/check", { body: { text }, signal })),
  });
}

export interface DefinitionWrite {
  documentId: string;
  definition: Record<string, unknown>;
  expectedRevision: number;
  /** Why, for the history. */
  message: string;
}

export async function saveDefinition(write: DefinitionWrite): Promise<Schemas["Document"]> {
  const { documentId, definition, expectedRevision, message } = write;
  return answer(
    api.PUT("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: DEFINITION_KIND, id: documentId } },
      body: { body: definition, expected_revision: expectedRevision, message },
    }) as Promise<{ data?: Schemas["Document"]; error?: unknown; response: Response }>,
  );
}

export async function deleteDefinition(documentId: string, revision: number): Promise<void> {
  await answer(
    api.DELETE("/api/v1/documents/{kind}/{id}", {
      params: {
        path: { kind: DEFINITION_KIND, id: documentId },
        query: { expected_revision: revision },
      },
    }),
  );
}

/** After a definition was written: everything that is computed from definitions is asked again. */
export async function definitionsChanged(): Promise<void> {
  const prefixes = [CATALOG, "documents", "document"];
  await queryClient.invalidateQueries({
    predicate: (query) => prefixes.includes(String(query.queryKey[0])),
  });
}
