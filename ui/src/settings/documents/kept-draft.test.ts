import { beforeEach, expect, test } from "vitest";
import { type DraftPlace, type KeptDraft, keepDraft, readKeptDraft } from "./kept-draft";

const place: DraftPlace = { userId: "hana", kind: "saved-view", id: "a" };
const draft: KeptDraft = { baseRevision: 2, baseText: "{}", text: '{ "title": ', message: "why" };

beforeEach(() => sessionStorage.clear());

test("a draft is kept until it is forgotten, even when it is not yet JSON", () => {
  keepDraft(place, draft);
  expect(readKeptDraft(place)).toEqual(draft);
  keepDraft(place, undefined);
  expect(readKeptDraft(place)).toBeUndefined();
});

test("a draft belongs to its document and to the person who typed it", () => {
  keepDraft(place, draft);
  expect(readKeptDraft({ ...place, id: "b" })).toBeUndefined();
  expect(readKeptDraft({ ...place, userId: "minsu" })).toBeUndefined();
});

test("what is broken is as if there were none", () => {
  for (const broken of ["{", "null", '{"text":"a"}', '{"baseRevision":"2"}']) {
    sessionStorage.setItem("hannun-document-draft hana saved-view/a", broken);
    expect(readKeptDraft(place)).toBeUndefined();
  }
});
