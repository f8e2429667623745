/** Pages with their routes, as the app has them, at an address. */
import {
  type AnyRoute,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
} from "@tanstack/react-router";
import type { ComponentType } from "react";
import { parseSearch, stringifySearch } from "@/common/search";
import { showRouter } from "./hostile-text";

type TestPage = readonly [path: string, page: ComponentType, validateSearch: object];

export function showPages(address: string, pages: readonly TestPage[]) {
  const root = createRootRoute();
  const shell = createRoute({ getParentRoute: () => root, id: "shell" });
  const routes = pages.map(([path, component, validateSearch]) =>
    createRoute({ getParentRoute: () => shell as never, path, component, validateSearch } as never),
  );
  root.addChildren([shell.addChildren(routes as never)] as never);
  const router = createRouter({
    routeTree: root as AnyRoute,
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
  });
  showRouter(router);
  return router;
}
