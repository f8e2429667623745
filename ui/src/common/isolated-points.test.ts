import { expect, test } from "vitest";
import { isolatedPoints } from "./isolated-points";

test("a value between gaps is drawn as a point, and one beside another is not", () => {
  expect(isolatedPoints([null, 3, null, 4, 5, null], 0, 5)).toEqual([1]);
  expect(isolatedPoints([1, 2, 3], 0, 2)).toBeNull();
  expect(isolatedPoints([null, null], 0, 1)).toBeNull();
});

test("a value at an end, or the only one, is drawn as a point", () => {
  expect(isolatedPoints([7, null, 1, 2, null, 0], 0, 5)).toEqual([0, 5]);
  expect(isolatedPoints([0], 0, 0)).toEqual([0]);
});

test("only what is in view is looked at", () => {
  expect(isolatedPoints([7, null, 1, null, 2], 1, 3)).toEqual([2]);
});
