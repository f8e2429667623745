import { expect, test } from "vitest";
import { accept, nextChoice } from "./search-bar-state";
import type { CompletionItem } from "./use-completion";

const item = (insert: string, kind: CompletionItem["kind"]): CompletionItem => ({
  insert,
  label: insert,
  kind,
  detail: "",
  count: null,
});

test("a field is followed by its value at once, a value by a space", () => {
  const field = { text: "a ser b", cursor: 5, from: 2, to: 5, items: [] };
  expect(accept(field, item("service:", "field"))).toEqual({ text: "a service: b", cursor: 10 });
  const value = { text: "service:or", cursor: 10, from: 8, to: 10, items: [] };
  expect(accept(value, item("order", "value"))).toEqual({ text: "service:order ", cursor: 14 });
});

test("a space that is there is not doubled", () => {
  const value = { text: "service:or b", cursor: 10, from: 8, to: 10, items: [] };
  expect(accept(value, item("order", "value"))).toEqual({ text: "service:order b", cursor: 13 });
});

test("arrow keys go round, through the text as it was typed", () => {
  expect([nextChoice(-1, 1, 2), nextChoice(0, 1, 2), nextChoice(1, 1, 2)]).toEqual([0, 1, -1]);
  expect([nextChoice(-1, -1, 2), nextChoice(0, -1, 2)]).toEqual([1, -1]);
  expect(nextChoice(-1, 1, 0)).toBe(-1);
});
