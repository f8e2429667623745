/** Routes of the map lens. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { shellRoute } from "@/shell/root-routes";
import { validateMapSearch } from "./map-search";

const mapRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/map",
  validateSearch: validateMapSearch,
  component: lazyPage(() => import("./MapPage"), "map"),
});

export const mapRoutes = [mapRoute] as const;
