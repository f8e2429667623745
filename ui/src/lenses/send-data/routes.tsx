/** Routes of the page that explains how to send data. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { type RawSearch, searchText } from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

const sendDataRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/send-data",
  validateSearch: (search: RawSearch): { with?: string } => {
    const source = searchText(search["with"]);
    return source === undefined ? {} : { with: source };
  },
  component: lazyPage(() => import("./SendDataPage"), "send-data"),
});

export const sendDataRoutes = [sendDataRoute] as const;
