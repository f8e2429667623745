/** Routes of the settings. */
import { createRoute, redirect } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { type RawSearch, searchFlag, searchText } from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/profile" });
  },
});

const profileRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/profile",
  component: lazyPage(() => import("./profile/ProfilePage"), "settings"),
});

const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/people",
  component: lazyPage(() => import("./people/PeoplePage"), "settings"),
});

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/keys",
  component: lazyPage(() => import("./keys/KeysPage"), "settings"),
});

export interface DocumentsSearch {
  kind?: string;
  filter?: string;
  deleted?: true;
}

function validateDocumentsSearch(search: RawSearch): DocumentsSearch {
  const kind = searchText(search["kind"]);
  const filter = searchText(search["filter"]);
  const deleted = searchFlag(search["deleted"]);
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(filter === undefined ? {} : { filter }),
    ...(deleted === undefined ? {} : { deleted }),
  };
}

const documentsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/documents",
  validateSearch: validateDocumentsSearch,
  component: lazyPage(() => import("./documents/DocumentsPage"), "settings"),
});

const documentRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/documents/$kind/$id",
  component: lazyPage(() => import("./documents/DocumentPage"), "settings"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/audit",
  component: lazyPage(() => import("./audit/AuditPage"), "settings"),
});

export const settingsRoutes = [
  settingsRoute,
  profileRoute,
  peopleRoute,
  keysRoute,
  documentsRoute,
  documentRoute,
  auditRoute,
] as const;
