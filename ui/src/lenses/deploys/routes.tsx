/** Routes of the deploys lens. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { loadTexts } from "@/i18n";
import { shellRoute } from "@/shell/root-routes";
import { validateCompareSearch } from "./compare-search";

/** Figures of services are written there as in the services lens, with its texts. */
async function loadComparePage() {
  const [page] = await Promise.all([import("./compare/ComparePage"), loadTexts("services")]);
  return page;
}

const compareRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/deploys/compare",
  validateSearch: validateCompareSearch,
  component: lazyPage(loadComparePage, "deploys"),
});

export const deploysRoutes = [compareRoute] as const;
