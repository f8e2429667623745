import { describe, expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import {
  bodyText,
  currentOf,
  draftOf,
  isChanged,
  parseBody,
  reduceDraft,
  resumeDraft,
} from "./draft";

function document(revision: number, title: string): Schemas["Document"] {
  const body = { title };
  const fixed = { kind: "saved-view", id: "a", author: "hana", message: "", source: null };
  return { ...fixed, revision, time_ms: 0, deleted: false, body };
}
const typed = '{ "title": "mine" }';
const edited = () => reduceDraft(draftOf(document(1, "first")), { type: "typed", text: typed });

describe("a draft", () => {
  test("follows the server while nothing is typed", () => {
    const draft = reduceDraft(draftOf(document(1, "first")), {
      type: "loaded",
      document: document(2, "second"),
    });
    expect(draft.text).toBe(bodyText({ title: "second" }));
    expect(draft.baseRevision).toBe(2);
  });

  test("keeps what was typed when a newer revision arrives, and shows both", () => {
    const theirs = document(2, "theirs");
    const draft = reduceDraft(edited(), { type: "loaded", document: theirs });
    expect(draft.text).toBe(typed);
    expect(draft.baseRevision).toBe(1);
    expect(draft.theirs).toBe(theirs);
  });

  test("overwrites theirs only when asked to, on top of their revision", () => {
    const conflicted = reduceDraft(edited(), {
      type: "conflicted",
      document: document(5, "theirs"),
    });
    expect(conflicted.baseRevision).toBe(1);
    const kept = reduceDraft(conflicted, { type: "keep_mine" });
    expect(kept).toMatchObject({ text: typed, baseRevision: 5, theirs: null });
    expect(isChanged(kept)).toBe(true);
  });

  test("that takes theirs keeps mine aside until it is brought back", () => {
    const conflicted = reduceDraft(edited(), {
      type: "conflicted",
      document: document(5, "theirs"),
    });
    const taken = reduceDraft(conflicted, { type: "take_theirs" });
    expect(taken).toMatchObject({ text: bodyText({ title: "theirs" }), setAside: typed });
    expect(isChanged(taken)).toBe(false);
    expect(reduceDraft(taken, { type: "bring_back" })).toMatchObject({
      text: typed,
      baseRevision: 5,
      setAside: null,
    });
  });

  test("keeps what was typed while it was being saved", () => {
    const draft = reduceDraft(edited(), { type: "saved", document: document(2, "mine") });
    expect(draft).toMatchObject({ text: typed, baseRevision: 2, theirs: null });
  });

  test("that was kept goes on from its own revision", () => {
    const baseText = bodyText({ title: "first" });
    const kept = { baseRevision: 1, baseText, text: typed, message: "" };
    const same = resumeDraft(document(1, "first"), kept);
    expect(same).toMatchObject({ text: typed, baseRevision: 1, theirs: null });
    expect(isChanged(same)).toBe(true);
    const theirs = document(2, "theirs");
    expect(resumeDraft(theirs, kept)).toMatchObject({ text: typed, baseRevision: 1, theirs });
    expect(reduceDraft(same, { type: "discard", document: theirs })).toEqual(draftOf(theirs));
  });

  test("ignores an answer that is older than what it has", () => {
    const draft = draftOf(document(3, "third"));
    expect(reduceDraft(draft, { type: "loaded", document: document(2, "second") })).toBe(draft);
  });
});

test("the order of names makes no difference", () => {
  expect(bodyText({ b: [{ d: 1, c: 2 }], a: null })).toBe(
    bodyText({ a: null, b: [{ c: 2, d: 1 }] }),
  );
});

test("a body is a JSON object, and otherwise a problem is named", () => {
  expect(parseBody('{"a": 1}')).toEqual({ body: { a: 1 } });
  expect(parseBody("[1]")).toHaveProperty("problem");
  expect(parseBody("{")).toHaveProperty("problem");
});

test("the document of a conflict is found in the answer", () => {
  const current = document(2, "theirs");
  expect(currentOf({ error: {}, current })).toBe(current);
  expect(currentOf({ error: {} })).toBeNull();
  expect(currentOf("nothing")).toBeNull();
});
