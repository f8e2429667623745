import { expect, it } from "vitest";
import { columnRange } from "./use-column-range";

const WIDTHS = Array.from({ length: 80 }, () => 100);

it("has the columns in view and some beside them", () => {
  expect(columnRange(WIDTHS, 0, 1000)).toEqual({ first: 0, end: 14 });
  expect(columnRange(WIDTHS, 3000, 1000)).toEqual({ first: 26, end: 44 });
  expect(columnRange(WIDTHS, 7000, 1000)).toEqual({ first: 66, end: 80 });
});

it("is empty without columns", () => {
  expect(columnRange([], 0, 1000)).toEqual({ first: 0, end: 0 });
});
