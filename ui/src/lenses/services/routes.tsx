/** Routes of the services lens: the list, and one service. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { shellRoute } from "@/shell/root-routes";
import { validateServiceSearch, validateServicesSearch } from "./service-search";

const servicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/services",
  validateSearch: validateServicesSearch,
  component: lazyPage(() => import("./list/ServicesPage"), "services"),
});

const serviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/services/$service",
  validateSearch: validateServiceSearch,
  component: lazyPage(() => import("./service/ServicePage"), "services"),
});

export const servicesRoutes = [servicesRoute, serviceRoute] as const;
