import { expect, test } from "vitest";
import { paperBars } from "./paper-chart-bars";

test("the largest value fills the height, and a small one stays visible", () => {
  const bars = paperBars([100, 0, 0.1], 100, 30, 50);
  expect(bars).toEqual([
    { x: 1, y: 0, width: 8, height: 50 },
    { x: 21, y: 49, width: 8, height: 1 },
  ]);
});

test("nothing is drawn without values", () => {
  expect(paperBars([], 0, 30, 50)).toEqual([]);
  expect(paperBars([0, 0], 0, 30, 50)).toEqual([]);
});
