/** Routes of the cost lens. Showback, budgets, anomalies and savings will have theirs here. */
import { createRoute } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { lazyPage } from "@/common/lazy-page";
import { loadTexts, type PageArea } from "@/i18n";
import { shellRoute } from "@/shell/root-routes";
import { validateAllocation } from "./allocation/allocation-search";
import { validateContainers } from "./containers/containers-search";
import { validateCost, validateExplore, validateImports } from "./cost-search";
import { validateUnits } from "./units/units-search";

type Loader = () => Promise<{ default: ComponentType }>;

/** A page with texts of its own beside those that all pages of the lens have in common. */
function costPage(load: Loader, area: PageArea = "cost") {
  const loadBoth: Loader = async () => (await Promise.all([load(), loadTexts("cost")]))[0];
  return lazyPage(loadBoth, area);
}

const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost",
  validateSearch: validateCost,
  component: costPage(() => import("./overview/OverviewPage")),
});

const exploreRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/explore",
  validateSearch: validateExplore,
  component: costPage(() => import("./explorer/ExplorePage")),
});

const allocationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/allocation",
  validateSearch: validateAllocation,
  component: costPage(() => import("./allocation/AllocationPage"), "cost-allocation"),
});

const allocationTagRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/allocation/$tag",
  validateSearch: validateAllocation,
  component: costPage(() => import("./allocation/TagPage"), "cost-allocation"),
});

const unitsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/units",
  validateSearch: validateUnits,
  component: costPage(() => import("./units/UnitsPage"), "cost-units"),
});

const containersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/containers",
  validateSearch: validateContainers,
  component: costPage(() => import("./containers/ContainersPage"), "cost-containers"),
});

const importsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cost/imports",
  validateSearch: validateImports,
  component: costPage(() => import("./imports/ImportsPage")),
});

export const costRoutes = [
  overviewRoute,
  exploreRoute,
  allocationRoute,
  allocationTagRoute,
  unitsRoute,
  containersRoute,
  importsRoute,
] as const;
