import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { bodyAfter, bodyOf, stateDecisions } from "./decision";

const issue = { service: "order", fingerprint: "ab12" };

test("a first decision makes a whole document", () => {
  expect(bodyAfter(issue, undefined, { type: "resolve", version: " 1.4.0 " })).toEqual({
    ...issue,
    state: "resolved",
    resolved_in_version: "1.4.0",
  });
  expect(bodyAfter(issue, undefined, { type: "assign", userId: "u1" })).toEqual({
    ...issue,
    state: "open",
    assignee: "u1",
  });
});

test("a decision keeps what it is not about", () => {
  const before = { ...issue, state: "resolved", resolved_in_version: "1.4.0", note: "see #12" };
  expect(bodyAfter(issue, before, { type: "assign", userId: "u1" })).toEqual({
    ...before,
    assignee: "u1",
  });
  expect(bodyAfter(issue, before, { type: "reopen" })).toEqual({
    ...issue,
    state: "open",
    note: "see #12",
  });
});

test("an empty text takes its field away, as the schema wants it", () => {
  const before = { ...issue, state: "ignored", note: "old", assignee: "u1" };
  expect(bodyAfter(issue, before, { type: "note", text: "  " })).toEqual({
    ...issue,
    state: "ignored",
    assignee: "u1",
  });
  expect(bodyAfter(issue, before, { type: "unassign" })).not.toHaveProperty("assignee");
  expect(bodyAfter(issue, before, { type: "resolve", version: "" })).not.toHaveProperty(
    "resolved_in_version",
  );
});

test("a deleted document says nothing", () => {
  const document = { body: { note: "x" }, deleted: true } as unknown as Schemas["Document"];
  expect(bodyOf(document)).toBeUndefined();
  expect(bodyOf({ ...document, deleted: false })).toEqual({ note: "x" });
  expect(bodyOf(null)).toBeUndefined();
});

test("an issue that came back can be resolved again", () => {
  expect(stateDecisions("regressed")).toContain("resolve");
  expect(stateDecisions("resolved")).toEqual(["reopen"]);
  expect(stateDecisions("open")).toEqual(["resolve", "ignore"]);
});
