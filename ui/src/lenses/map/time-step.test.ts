/** Stepping through time by windows. */
import { expect, test } from "vitest";
import { relativeLengthMs } from "@/shell/time-range";
import { earlierWindow, laterWindow, relativeText } from "./time-step";

const HOUR = 3_600_000;

test("a step is as long as the window, and never before the beginning", () => {
  expect(earlierWindow({ fromMs: 5 * HOUR, toMs: 6 * HOUR })).toEqual({
    fromMs: 4 * HOUR,
    toMs: 5 * HOUR,
  });
  expect(earlierWindow({ fromMs: HOUR / 2, toMs: 2 * HOUR })).toEqual({
    fromMs: 0,
    toMs: 1.5 * HOUR,
  });
});

test("a step forward ends now, and there is none after it", () => {
  const nowMs = 10 * HOUR;
  expect(laterWindow({ fromMs: 7 * HOUR, toMs: 8 * HOUR }, nowMs)).toEqual({
    fromMs: 8 * HOUR,
    toMs: 9 * HOUR,
  });
  expect(laterWindow({ fromMs: 8.5 * HOUR, toMs: 9.5 * HOUR }, nowMs)).toEqual({
    fromMs: 9 * HOUR,
    toMs: nowMs,
  });
  expect(laterWindow({ fromMs: 9 * HOUR, toMs: nowMs }, nowMs)).toBeUndefined();
});

test("back to now is a relative range of the same length, where there is one", () => {
  for (const [lengthMs, text] of [
    [HOUR, "1h"],
    [90 * 60_000, "90m"],
    [48 * HOUR, "2d"],
  ] as const) {
    expect(relativeText({ fromMs: 0, toMs: lengthMs })).toBe(text);
    expect(relativeLengthMs(text)).toBe(lengthMs);
  }
  expect(relativeText({ fromMs: 0, toMs: 1234 })).toBeNull();
});
