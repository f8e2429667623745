import { expect, test } from "vitest";
import { comparison } from "./compare";

const range = { fromMs: 1_000, toMs: 3_000 };

test("the period before is as long and ends where the range begins", () => {
  expect(comparison({ compare: "previous" }, range)).toEqual({
    now: range,
    before: { fromMs: -1_000, toMs: 1_000 },
  });
});

test("a moment divides the range into before and now", () => {
  expect(comparison({ compare: "since", since: 1_500 }, range)).toEqual({
    now: { fromMs: 1_500, toMs: 3_000 },
    before: { fromMs: 1_000, toMs: 1_500 },
  });
});

test("a moment outside the range compares nothing", () => {
  for (const since of [0, 1_000, 3_000, 9_000, undefined]) {
    expect(comparison({ compare: "since", since }, range).before).toBeUndefined();
  }
  expect(comparison({}, range)).toEqual({ now: range, before: undefined });
});
