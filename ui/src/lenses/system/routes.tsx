/** Routes of the system lens. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { shellRoute } from "@/shell/root-routes";

const systemRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/system",
  component: lazyPage(() => import("./SystemPage"), "system"),
});

export const systemRoutes = [systemRoute] as const;
