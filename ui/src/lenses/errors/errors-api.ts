/** The questions of the errors lens. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import type { StateFilter } from "./routes";

export type ErrorIssue = Schemas["ErrorIssue"];
export type ErrorIssues = Schemas["ErrorIssues"];
export type ErrorIssueDetail = Schemas["ErrorIssueDetail"];
export type ErrorOccurrence = Schemas["ErrorOccurrence"];
export type ErrorSample = Schemas["ErrorSample"];
export type StackFrame = Schemas["ErrorFrame"];
export type IssueState = Schemas["IssueState"];
export type ErrorReport = Schemas["ErrorReport"];
export type ReportRow = Schemas["ErrorReportRow"];
export type ReportTotal = Schemas["ErrorReportTotal"];

const ERRORS = "errors";
/** Issues that one list holds. */
const ISSUES_MAX = 1000;
export const ISSUE_STATE_KIND = "error-issue-state";

/** Nobody has dealt with them, or they came back. */
const UNRESOLVED = "open,regressed";

/** The time range and environment of the page, in whole milliseconds. */
export interface Scope {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

function scopeParameters({ fromMs, toMs, environment }: Scope) {
  return {
    from_ms: Math.round(fromMs),
    to_ms: Math.round(toMs),
    ...(environment === undefined ? {} : { environment }),
  };
}

/** By what the server ranks when there are more issues than the list holds. */
export type IssueOrder = "count" | "last_seen" | "first_seen";

export interface IssuesAsked extends Scope {
  service: string | undefined;
  state: StateFilter;
  words: string | undefined;
  order: IssueOrder;
}

export function issuesQuery(asked: IssuesAsked) {
  const { service, state, words, order } = asked;
  return queryOptions({
    queryKey: [ERRORS, "issues", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        ...scopeParameters(asked),
        state: state === "unresolved" ? UNRESOLVED : state,
        sort: order,
        limit: ISSUES_MAX,
        ...(service === undefined ? {} : { service }),
        ...(words === undefined ? {} : { query: words }),
      };
      return answer(api.GET("/api/v1/errors", { params: { query }, signal }));
    },
  });
}

export function issueQuery(scope: Scope, service: string, fingerprint: string) {
  return queryOptions({
    queryKey: [ERRORS, "issue", scope, service, fingerprint],
    queryFn: ({ signal }): Promise<ErrorIssueDetail> => {
      const query = { ...scopeParameters(scope), service, fingerprint };
      return answer(api.GET("/api/v1/errors/issue", { params: { query }, signal }));
    },
    // The same issue in another time range may be shown meanwhile, another issue must not.
    placeholderData: (before) =>
      before?.issue.fingerprint === fingerprint && before.issue.service === service
        ? before
        : undefined,
  });
}

export interface ReportAsked {
  /** A moment right after the last week of the report. */
  weekOfMs: number;
  timeZone: string;
  service: string | undefined;
  environment: string | undefined;
}

function reportParameters({ weekOfMs, timeZone, service, environment }: ReportAsked) {
  return {
    week_of_ms: weekOfMs,
    time_zone: timeZone,
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
  };
}

export function reportQuery(asked: ReportAsked) {
  return queryOptions({
    queryKey: [ERRORS, "report", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = reportParameters(asked);
      return answer(api.GET("/api/v1/errors/report", { params: { query }, signal }));
    },
  });
}

/** Where the same report is as a file. */
export function reportCsvAddress(asked: ReportAsked): string {
  const entries = Object.entries(reportParameters(asked)).map(([name, it]) => [name, String(it)]);
  return `/api/v1/errors/report.csv?${new URLSearchParams(entries)}`;
}

/** Names of services, for the filter. */
export function serviceNamesQuery(scope: Scope) {
  return queryOptions({
    queryKey: [ERRORS, "services", scope],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<string[]> => {
      const query = scopeParameters(scope);
      const { services } = await answer(api.GET("/api/v1/services", { params: { query }, signal }));
      return services.map((it) => it.service);
    },
  });
}

/** What was decided about an issue; null before anybody did. */
export function decisionQuery(documentId: string, revision: number) {
  return queryOptions({
    queryKey: ["document", ISSUE_STATE_KIND, documentId, revision],
    queryFn: async ({ signal }): Promise<Schemas["Document"] | null> => {
      if (revision === 0) {
        return null;
      }
      const path = { kind: ISSUE_STATE_KIND, id: documentId };
      return answer(api.GET("/api/v1/documents/{kind}/{id}", { params: { path }, signal }));
    },
  });
}

export async function saveDecision(
  documentId: string,
  body: Record<string, unknown>,
  expectedRevision: number,
): Promise<Schemas["Document"]> {
  return answer(
    api.PUT("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: ISSUE_STATE_KIND, id: documentId } },
      body: { body, expected_revision: expectedRevision },
    }) as Promise<{ data?: Schemas["Document"]; error?: unknown; response: Response }>,
  );
}

/** After a decision: the lists, the issue and the document are asked again. */
export async function decisionSaved(): Promise<void> {
  const prefixes = [ERRORS, "documents", "document"];
  await queryClient.invalidateQueries({
    predicate: (query) => prefixes.includes(String(query.queryKey[0])),
  });
}
