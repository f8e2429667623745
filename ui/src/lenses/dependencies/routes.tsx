/** Routes of the dependencies lens: the list, and the evidence about one dependency. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import {
  type RawSearch,
  searchChoice,
  searchList,
  searchNumber,
  searchText,
} from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

export const KINDS = ["external", "database", "cache", "queue"] as const;
export type DependencyKind = (typeof KINDS)[number];
export const LISTED_KINDS = [...KINDS, "all"] as const;
export type ListedKind = (typeof LISTED_KINDS)[number];

/** In the list of chosen attributes: none, not even the suggested one. */
export const NO_ATTRIBUTE = "-";

export interface DependenciesSearch {
  kind?: ListedKind | undefined;
  /** Milliseconds above which a call counts as slow. */
  threshold?: number | undefined;
  filter?: string | undefined;
  sort?: string | undefined;
}

export interface EvidenceSearch {
  name?: string | undefined;
  kind?: DependencyKind | undefined;
  operation?: string | undefined;
  caller?: string | undefined;
  threshold?: number | undefined;
  /** Attributes that identify the business of a request. */
  ids?: string[] | undefined;
  /** Milliseconds of the timeout that is tried out. */
  timeout?: number | undefined;
  sort?: string | undefined;
}

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

function milliseconds(value: unknown): number | undefined {
  const number = searchNumber(value);
  return number !== undefined && number > 0 ? Math.round(number) : undefined;
}

export function validateDependencies(search: RawSearch): DependenciesSearch {
  return present({
    kind: searchChoice(search["kind"], LISTED_KINDS),
    threshold: milliseconds(search["threshold"]),
    filter: searchText(search["filter"]),
    sort: searchText(search["sort"]),
  });
}

export function validateEvidence(search: RawSearch): EvidenceSearch {
  return present({
    name: searchText(search["name"]),
    kind: searchChoice(search["kind"], KINDS),
    operation: searchText(search["operation"]),
    caller: searchText(search["caller"]),
    threshold: milliseconds(search["threshold"]),
    ids: searchList(search["ids"]),
    timeout: milliseconds(search["timeout"]),
    sort: searchText(search["sort"]),
  });
}

const dependenciesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/dependencies",
  validateSearch: validateDependencies,
  component: lazyPage(() => import("./list/DependenciesPage"), "dependencies"),
});

const evidenceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/dependencies/evidence",
  validateSearch: validateEvidence,
  component: lazyPage(() => import("./evidence/EvidencePage"), "dependencies"),
});

export const dependenciesRoutes = [dependenciesRoute, evidenceRoute] as const;
