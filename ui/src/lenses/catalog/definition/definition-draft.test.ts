import { expect, test } from "vitest";
import { draftOf, isChanged, reduceDraft, resumeDraft } from "./definition-draft";

const stored = { revision: 3, text: "team: shop\n" };
const typed = reduceDraft(draftOf(stored, ""), { type: "typed", text: "team: risk\n" });

test("a service without a definition begins with the text that is offered", () => {
  const draft = draftOf({ revision: 0, text: "" }, "apiVersion: v3\n");
  expect([draft.text, draft.baseRevision, isChanged(draft)]).toEqual([
    "apiVersion: v3\n",
    0,
    false,
  ]);
});

test("what somebody else saved replaces only what nobody changed here", () => {
  const newer = { revision: 4, text: "team: new\n" };
  const untouched = reduceDraft(draftOf(stored, ""), { type: "loaded", stored: newer });
  expect([untouched.text, untouched.baseRevision, untouched.theirs]).toEqual([
    "team: new\n",
    4,
    null,
  ]);
  const changed = reduceDraft(typed, { type: "loaded", stored: newer });
  expect([changed.text, changed.baseRevision, changed.theirs]).toEqual(["team: risk\n", 3, newer]);
});

test("the revision that the draft was made from is no conflict", () => {
  expect(reduceDraft(typed, { type: "loaded", stored })).toBe(typed);
});

test("keeping mine saves over theirs, knowingly", () => {
  const conflict = reduceDraft(typed, { type: "loaded", stored: { revision: 5, text: "x\n" } });
  const mine = reduceDraft(conflict, { type: "keep_mine" });
  expect([mine.text, mine.baseRevision, mine.baseText, mine.theirs]).toEqual([
    "team: risk\n",
    5,
    "x\n",
    null,
  ]);
});

test("taking theirs puts mine aside, and it comes back", () => {
  const conflict = reduceDraft(typed, { type: "loaded", stored: { revision: 5, text: "x\n" } });
  const theirs = reduceDraft(conflict, { type: "take_theirs" });
  expect([theirs.text, theirs.setAside, isChanged(theirs)]).toEqual(["x\n", "team: risk\n", false]);
  const back = reduceDraft(theirs, { type: "bring_back" });
  expect([back.text, back.baseRevision, back.setAside]).toEqual(["team: risk\n", 5, null]);
});

test("another schema puts aside what was typed, and only that", () => {
  const fresh = reduceDraft(draftOf(stored, ""), { type: "begun_anew", text: "v2\n" });
  expect([fresh.text, fresh.setAside]).toEqual(["v2\n", null]);
  const anew = reduceDraft(typed, { type: "begun_anew", text: "v2\n" });
  expect([anew.text, anew.setAside, anew.baseRevision]).toEqual(["v2\n", "team: risk\n", 3]);
});

test("a draft that was kept meets what was saved since", () => {
  const kept = { baseRevision: 2, baseText: "a\n", text: "b\n", message: "" };
  expect(resumeDraft(stored, kept).theirs).toEqual(stored);
  expect(resumeDraft({ revision: 2, text: "a\n" }, kept).theirs).toBeNull();
});
