/** Routes of the errors lens: the issues, one issue, and the weekly report. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import { type RawSearch, searchChoice, searchText } from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

/** What is neither resolved nor ignored comes first. */
export const STATES = ["unresolved", "regressed", "resolved", "ignored", "all"] as const;
export type StateFilter = (typeof STATES)[number];

export interface ErrorsSearch {
  service?: string | undefined;
  state?: StateFilter | undefined;
  /** Words in the type or the message. */
  q?: string | undefined;
  sort?: string | undefined;
  /** The issue that is open beside the list: its fingerprint, and its service when it has one. */
  issue?: string | undefined;
  issue_service?: string | undefined;
}

export interface IssueSearch {
  service?: string | undefined;
  fingerprint?: string | undefined;
}

export interface ReportSearch {
  service?: string | undefined;
  /** The Monday of the last week of the report, such as 2026-11-16. */
  week?: string | undefined;
  /** Whose midnight the weeks begin at; that of the person when absent. */
  tz?: string | undefined;
  sort?: string | undefined;
}

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

function validateErrors(search: RawSearch): ErrorsSearch {
  return present({
    service: searchText(search["service"]),
    state: searchChoice(search["state"], STATES),
    q: searchText(search["q"]),
    sort: searchText(search["sort"]),
    issue: searchText(search["issue"]),
    issue_service: searchText(search["issue_service"]),
  });
}

function validateIssue(search: RawSearch): IssueSearch {
  return present({
    service: searchText(search["service"]),
    fingerprint: searchText(search["fingerprint"]),
  });
}

function validateReport(search: RawSearch): ReportSearch {
  return present({
    service: searchText(search["service"]),
    week: searchText(search["week"]),
    tz: searchText(search["tz"]),
    sort: searchText(search["sort"]),
  });
}

const errorsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/errors",
  validateSearch: validateErrors,
  component: lazyPage(() => import("./list/ErrorsPage"), "errors"),
});

const issueRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/errors/issue",
  validateSearch: validateIssue,
  component: lazyPage(() => import("./issue/IssuePage"), "errors"),
});

const reportRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/errors/report",
  validateSearch: validateReport,
  component: lazyPage(() => import("./report/ReportPage"), "errors"),
});

export const errorsRoutes = [errorsRoute, issueRoute, reportRoute] as const;
