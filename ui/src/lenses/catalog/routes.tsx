/** Routes of the service catalog: the list, tagging hygiene, and one service. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { shellRoute } from "@/shell/root-routes";
import { validateCatalog, validateEntry, validateHygiene } from "./catalog-search";

const catalogRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/catalog",
  validateSearch: validateCatalog,
  component: lazyPage(() => import("./list/CatalogPage"), "catalog"),
});

const hygieneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/catalog/hygiene",
  validateSearch: validateHygiene,
  component: lazyPage(() => import("./hygiene/HygienePage"), "catalog"),
});

const entryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/catalog/$service",
  validateSearch: validateEntry,
  component: lazyPage(() => import("./service/EntryPage"), "catalog"),
});

export const catalogRoutes = [catalogRoute, hygieneRoute, entryRoute] as const;
