/** Routes of the traces lens: the search with its tabs, and one trace. */
import { createRoute, redirect } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import {
  type RawSearch,
  searchChoice,
  searchList,
  searchNumber,
  searchText,
} from "@/common/search";
import { shellRoute } from "@/shell/root-routes";
import { newSearch } from "./list/old-search";

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

export const SEARCH_VIEWS = ["list", "time", "compare"] as const;
export type SearchView = (typeof SEARCH_VIEWS)[number];
export const SORTS = ["recent", "duration", "errors"] as const;
export type Sort = (typeof SORTS)[number];

export interface TracesSearch {
  q?: string | undefined;
  /** Root spans only. */
  only?: "root" | undefined;
  view?: SearchView | undefined;
  sort?: Sort | undefined;
  /** Facets besides the usual ones. */
  facet?: string[] | undefined;
  /** In the tab `time`: what the rows are, and their order. */
  group?: "service" | undefined;
  order?: string | undefined;
  /** In the tab `compare`: what is slow and what is fast. */
  slow_ms?: number | undefined;
  fast_ms?: number | undefined;
  /** In the tab `compare`: also differences that can be by chance. */
  chance?: "show" | undefined;
}

function validateSearch(search: RawSearch): TracesSearch {
  return present({
    q: searchText(search["q"]),
    only: searchChoice(search["only"], ["root"] as const),
    view: searchChoice(search["view"], SEARCH_VIEWS),
    sort: searchChoice(search["sort"], SORTS),
    facet: searchList(search["facet"]),
    group: searchChoice(search["group"], ["service"] as const),
    order: searchText(search["order"]),
    slow_ms: searchNumber(search["slow_ms"]),
    fast_ms: searchNumber(search["fast_ms"]),
    chance: searchChoice(search["chance"], ["show"] as const),
  });
}

export const TRACE_VIEWS = ["waterfall", "flame", "table"] as const;
export type TraceView = (typeof TRACE_VIEWS)[number];

export interface TracePageSearch {
  span?: string | undefined;
  /** Tells spans of the same id apart: nanoseconds after the start of the trace, as recorded. */
  at?: number | undefined;
  tab?: "spans" | "logs" | undefined;
  view?: TraceView | undefined;
  critical?: "off" | undefined;
  find?: string | undefined;
  zoom?: string | undefined;
  /** Of the table. */
  sort?: string | undefined;
}

function validateTrace(search: RawSearch): TracePageSearch {
  return present({
    span: searchText(search["span"]),
    at: searchNumber(search["at"]),
    tab: searchChoice(search["tab"], ["spans", "logs"] as const),
    view: searchChoice(search["view"], TRACE_VIEWS),
    critical: searchChoice(search["critical"], ["off"] as const),
    find: searchText(search["find"]),
    zoom: searchText(search["zoom"]),
    sort: searchText(search["sort"]),
  });
}

const tracesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/traces",
  validateSearch,
  beforeLoad: ({ location }) => {
    const search = newSearch(location.search);
    if (search !== undefined) {
      throw redirect({ to: "/traces", search: search as never, replace: true });
    }
  },
  component: lazyPage(() => import("./list/TracesPage"), "traces"),
});

const traceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/traces/$traceId",
  validateSearch: validateTrace,
  component: lazyPage(() => import("./trace/TracePage"), "traces"),
});

export const tracesRoutes = [tracesRoute, traceRoute] as const;
