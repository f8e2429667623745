/** Pages for people who are not signed in. */
import { createRoute } from "@tanstack/react-router";
import { type RawSearch, searchText } from "@/common/search";
import { rootRoute } from "@/shell/root-routes";
import { SignInPage } from "./SignInPage";
import { WelcomePage } from "./WelcomePage";

export interface SignInSearch {
  /** Where to go afterwards, inside this app. */
  next?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: RawSearch): SignInSearch => {
    const next = searchText(search["next"]);
    return next === undefined ? {} : { next };
  },
  component: SignInPage,
});

const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/welcome",
  component: WelcomePage,
});

export const entranceRoutes = [signInRoute, welcomeRoute] as const;
