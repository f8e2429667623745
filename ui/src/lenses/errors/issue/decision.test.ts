import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Schemas } from "@/api/client";
import { bodyAfter, bodyOf, stateDecisions } from "./decision";

const NOW = 1_795_000_000_000;
const key = { service: "order", fingerprint: "ab12" };
const issue = { ...key, last_seen_ms: NOW - 1 };

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

test("a first decision makes a whole document", () => {
  expect(bodyAfter(issue, undefined, { type: "resolve", version: " 1.4.0 " })).toEqual({
    ...key,
    state: "resolved",
    decided_ms: NOW,
    resolved_in_version: "1.4.0",
  });
  expect(bodyAfter(issue, undefined, { type: "assign", userId: "u1" })).toEqual({
    ...key,
    state: "open",
    assignee: "u1",
  });
});

test("a decision keeps what it is not about", () => {
  const before = {
    ...key,
    state: "resolved",
    decided_ms: 7,
    resolved_in_version: "1.4.0",
    note: "see #12",
  };
  expect(bodyAfter(issue, before, { type: "assign", userId: "u1" })).toEqual({
    ...before,
    assignee: "u1",
  });
  expect(bodyAfter(issue, before, { type: "reopen" })).toEqual({
    ...key,
    state: "open",
    note: "see #12",
  });
});

test("an empty text takes its field away, as the schema wants it", () => {
  const before = { ...key, state: "ignored", note: "old", assignee: "u1" };
  expect(bodyAfter(issue, before, { type: "note", text: "  " })).toEqual({
    ...key,
    state: "ignored",
    assignee: "u1",
  });
  expect(bodyAfter(issue, before, { type: "unassign" })).not.toHaveProperty("assignee");
  expect(bodyAfter(issue, before, { type: "resolve", version: "" })).not.toHaveProperty(
    "resolved_in_version",
  );
});

test("resolving again with the same words is dated anew, for the issue came back since then", () => {
  const before = { ...key, state: "resolved", decided_ms: 7, resolved_in_version: "1.4.0" };
  expect(bodyAfter(issue, before, { type: "resolve", version: "1.4.0" })).toEqual({
    ...before,
    decided_ms: NOW,
  });
});

test("a slow clock does not date a resolution before the errors that it is about", () => {
  const seenLater = { ...issue, last_seen_ms: NOW + 5_000 };
  expect(bodyAfter(seenLater, undefined, { type: "resolve", version: "" })).toHaveProperty(
    "decided_ms",
    NOW + 5_000,
  );
});

test("to ignore or to reopen takes the date away, a note keeps it", () => {
  const before = { ...key, state: "resolved", decided_ms: 7 };
  expect(bodyAfter(issue, before, { type: "ignore" })).toEqual({ ...key, state: "ignored" });
  expect(bodyAfter(issue, before, { type: "reopen" })).toEqual({ ...key, state: "open" });
  expect(bodyAfter(issue, before, { type: "note", text: "why" })).toHaveProperty("decided_ms", 7);
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
