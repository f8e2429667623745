/** The two roots of all pages: `rootRoute`, and `shellRoute` for pages of a signed-in person. */
import { createRootRoute, createRoute, redirect, retainSearchParams } from "@tanstack/react-router";
import { queryClient, sessionQuery } from "@/api/queries";
import { type RawSearch, searchText } from "@/common/search";
import { NotFoundPage, RootErrorPage } from "./RootPages";
import { Shell } from "./Shell";

export interface ShellSearch {
  from?: string;
  to?: string;
  env?: string;
}

function validateShellSearch(search: RawSearch): ShellSearch {
  const [from, to, env] = [search["from"], search["to"], search["env"]].map(searchText);
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(env === undefined ? {} : { env }),
  };
}

export const rootRoute = createRootRoute({
  notFoundComponent: NotFoundPage,
  errorComponent: RootErrorPage,
});

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  validateSearch: validateShellSearch,
  search: { middlewares: [retainSearchParams(["from", "to", "env"])] },
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (session.user == null) {
      throw redirect({ to: "/sign-in", search: { next: location.href } });
    }
  },
  component: Shell,
});
