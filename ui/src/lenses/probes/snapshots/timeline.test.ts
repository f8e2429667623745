import { expect, test } from "vitest";
import { stepMs, timeline } from "./timeline";

const MINUTE = 60_000;

test("an hour is told by the minute, a day by half an hour, a week by more", () => {
  expect(stepMs(0, 60 * MINUTE)).toBe(MINUTE);
  expect(stepMs(0, 24 * 60 * MINUTE)).toBe(30 * MINUTE);
  expect(stepMs(0, 7 * 24 * 60 * MINUTE)).toBe(6 * 60 * MINUTE);
  expect(stepMs(0, 365 * 24 * 60 * MINUTE)).toBe(7 * 24 * 60 * MINUTE);
});

test("steps without snapshots are there, and every snapshot is counted once", () => {
  const from = 100 * MINUTE;
  const line = timeline([from, from + 1, from + 2 * MINUTE + 59_999], from, from + 60 * MINUTE);
  expect(line.timesMs.slice(0, 3)).toEqual([from, from + MINUTE, from + 2 * MINUTE]);
  expect(line.counts).toHaveLength(60);
  expect(line.counts.slice(0, 4)).toEqual([2, 0, 1, 0]);
});

test("what is outside of the range is not counted", () => {
  const line = timeline([0, 99 * MINUTE, 500 * MINUTE], 100 * MINUTE, 160 * MINUTE);
  expect(line.counts.reduce((a, b) => a + b, 0)).toBe(0);
});
