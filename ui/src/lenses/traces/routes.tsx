/** Routes of the traces lens: the list, and one trace. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import {
  type RawSearch,
  searchChoice,
  searchFlag,
  searchNumber,
  searchText,
} from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Partial<Search> {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Search>;
}

function validateListSearch(search: RawSearch) {
  return present({
    service: searchText(search["service"]),
    operation: searchText(search["operation"]),
    min_ms: searchNumber(search["min_ms"]),
    errors: searchFlag(search["errors"]),
    sort: searchText(search["sort"]),
  }) as { service?: string; operation?: string; min_ms?: number; errors?: true; sort?: string };
}

function validateTraceSearch(search: RawSearch) {
  return present({
    span: searchText(search["span"]),
    tab: searchChoice(search["tab"], ["spans", "logs"]),
  }) as { span?: string; tab?: "spans" | "logs" };
}

const tracesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/traces",
  validateSearch: validateListSearch,
  component: lazyPage(() => import("./list/TracesPage"), "traces"),
});

const traceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/traces/$traceId",
  validateSearch: validateTraceSearch,
  component: lazyPage(() => import("./trace/TracePage"), "traces"),
});

export const tracesRoutes = [tracesRoute, traceRoute] as const;
