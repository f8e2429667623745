/** Routes of live probes: the list, and one probe with its snapshots. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { shellRoute } from "@/shell/root-routes";
import { validateProbe, validateProbes } from "./probe-search";

const probesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/probes",
  validateSearch: validateProbes,
  component: lazyPage(() => import("./list/ProbesPage"), "probes"),
});

const probeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/probes/$id",
  validateSearch: validateProbe,
  component: lazyPage(() => import("./snapshots/ProbePage"), "probes"),
});

export const probesRoutes = [probesRoute, probeRoute] as const;
