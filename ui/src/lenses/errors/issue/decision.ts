/** What can be decided about an issue, and the document that says so. */
import type { Schemas } from "@/api/client";
import type { ErrorIssue, IssueState } from "../errors-api";

export type Decision =
  | { type: "resolve"; version: string }
  | { type: "ignore" }
  | { type: "reopen" }
  | { type: "assign"; userId: string }
  | { type: "unassign" }
  | { type: "note"; text: string };

type Body = Record<string, unknown>;
type Document = Schemas["Document"];

/** Documents that were deleted say nothing any more. */
export function bodyOf(document: Document | null | undefined): Body | undefined {
  return document == null || document.deleted ? undefined : document.body;
}

/**
 * The document after `decision`. Everything that the decision is not about stays as it is, so that
 * it can also be made on top of what somebody else has just written.
 */
export function bodyAfter(
  issue: Pick<ErrorIssue, "service" | "fingerprint" | "last_seen_ms">,
  before: Body | undefined,
  decision: Decision,
): Body {
  const { service, fingerprint } = issue;
  const body: Body = { state: "open", ...before, service, fingerprint };
  switch (decision.type) {
    case "resolve":
      // Without a time of its own, resolving again in the same version would decide nothing.
      return withText(
        { ...body, state: "resolved", decided_ms: resolvedMs(issue) },
        "resolved_in_version",
        decision.version.trim(),
      );
    case "ignore":
      return undated({ ...body, state: "ignored" });
    case "reopen":
      return undated({ ...body, state: "open" });
    case "assign":
      return withText(body, "assignee", decision.userId);
    case "unassign":
      return withText(body, "assignee", "");
    case "note":
      return withText(body, "note", decision.text.trim());
  }
}

/** Now, but never before what was resolved: clocks of browsers may be slow. */
function resolvedMs({ last_seen_ms }: Pick<ErrorIssue, "last_seen_ms">): number {
  return Math.max(Date.now(), Math.ceil(last_seen_ms));
}

/** Only a resolution names a version and a time after which errors contradict it. */
function undated({ decided_ms: _time, resolved_in_version: _version, ...body }: Body): Body {
  return body;
}

/** Without text the field is absent: the schema allows no empty one. */
function withText(body: Body, field: string, text: string): Body {
  const { [field]: _before, ...rest } = body;
  return text === "" ? rest : { ...rest, [field]: text };
}

export type StateDecision = "resolve" | "ignore" | "reopen";

/** Which changes of state make sense. One that came back can be resolved again. */
export function stateDecisions(state: IssueState): StateDecision[] {
  switch (state) {
    case "open":
      return ["resolve", "ignore"];
    case "regressed":
      return ["resolve", "ignore", "reopen"];
    case "resolved":
    case "ignored":
      return ["reopen"];
  }
}

export function textOf(body: Body | undefined, field: "assignee" | "note" | "state"): string {
  const value = body?.[field];
  return typeof value === "string" ? value : "";
}
