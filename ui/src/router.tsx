/** All routes. A lens or a settings area lists its own in its `routes.tsx`. */
import { createRoute, createRouter, redirect } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "./common/search";
import { entranceRoutes } from "./entrance/routes";
import { catalogRoutes } from "./lenses/catalog/routes";
import { costRoutes } from "./lenses/cost/routes";
import { dependenciesRoutes } from "./lenses/dependencies/routes";
import { deploysRoutes } from "./lenses/deploys/routes";
import { errorsRoutes } from "./lenses/errors/routes";
import { logsRoutes } from "./lenses/logs/routes";
import { mapRoutes } from "./lenses/map/routes";
import { probesRoutes } from "./lenses/probes/routes";
import { queryRoutes } from "./lenses/query/routes";
import { sendDataRoutes } from "./lenses/send-data/routes";
import { servicesRoutes } from "./lenses/services/routes";
import { systemRoutes } from "./lenses/system/routes";
import { tracesRoutes } from "./lenses/traces/routes";
import { settingsRoutes } from "./settings/routes";
import { rootRoute, shellRoute } from "./shell/root-routes";

const indexRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/services" });
  },
});

export const routeTree = rootRoute.addChildren([
  ...entranceRoutes,
  shellRoute.addChildren([
    indexRoute,
    ...servicesRoutes,
    ...catalogRoutes,
    ...mapRoutes,
    ...tracesRoutes,
    ...errorsRoutes,
    ...deploysRoutes,
    ...dependenciesRoutes,
    ...logsRoutes,
    ...probesRoutes,
    ...costRoutes,
    ...queryRoutes,
    ...sendDataRoutes,
    ...systemRoutes,
    ...settingsRoutes,
  ]),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
