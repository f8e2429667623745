/** Routes of the services lens; a service of its own address opens its panel in the list. */
import { createRoute, redirect } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { type RawSearch, searchText } from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

interface ServicesSearch {
  service?: string;
  filter?: string;
  sort?: string;
}

function validateServicesSearch(search: RawSearch): ServicesSearch {
  const read = ["service", "filter", "sort"].map((name) => [name, searchText(search[name])]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined)) as ServicesSearch;
}

const servicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/services",
  validateSearch: validateServicesSearch,
  component: lazyPage(() => import("./ServicesPage"), "services"),
});

const serviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/services/$service",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/services", search: { ...search, service: params.service } });
  },
});

export const servicesRoutes = [servicesRoute, serviceRoute] as const;
