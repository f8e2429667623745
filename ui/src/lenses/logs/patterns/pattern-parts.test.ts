import { expect, test } from "vitest";
import { changePercent, patternParts } from "./pattern-parts";

test("variables are told apart from text, and other brackets are text", () => {
  expect(patternParts("a <num> of <*></b><script>")).toEqual([
    { text: "a ", isVariable: false },
    { text: "<num>", isVariable: true },
    { text: " of ", isVariable: false },
    { text: "<*>", isVariable: true },
    { text: "</b><script>", isVariable: false },
  ]);
});

test("a change is in percent of what was before", () => {
  expect(changePercent(150, 100)).toBe(50);
  expect(changePercent(0, 100)).toBe(-100);
  expect(changePercent(5, 0)).toBeUndefined();
  expect(changePercent(5, null)).toBeUndefined();
});
