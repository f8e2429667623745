/** Routes of the query lens: a query in the URL, and a saved view. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { type RawSearch, searchChoice, searchList, searchText } from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

export interface QuerySearch {
  /** The SQL, when it is not that of a saved view. */
  q?: string;
  chart?: "table" | "line" | "bar";
  x?: string;
  y?: string[];
  series?: string;
}

function validateQuerySearch(search: RawSearch): QuerySearch {
  const read = {
    q: searchText(search["q"]) ?? searchText(search["sql"]),
    chart: searchChoice(search["chart"], ["table", "line", "bar"]),
    x: searchText(search["x"]),
    y: searchList(search["y"]),
    series: searchText(search["series"]),
  };
  const entries = Object.entries(read).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as QuerySearch;
}

const page = lazyPage(() => import("./QueryPage"), "query");

const queryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/query",
  validateSearch: validateQuerySearch,
  component: page,
});

const savedViewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/query/$viewId",
  validateSearch: validateQuerySearch,
  component: page,
});

export const queryRoutes = [queryRoute, savedViewRoute] as const;
