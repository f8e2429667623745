import { expect, test } from "vitest";
import { expiresAfter, expiryMs, LIFE_MINUTES, LIFE_MINUTES_DEFAULT, leftMs } from "./expiry";

test("a probe lives between a quarter of an hour and a day, an hour unless it is said", () => {
  expect(Math.min(...LIFE_MINUTES)).toBe(15);
  expect(Math.max(...LIFE_MINUTES)).toBe(24 * 60);
  expect(LIFE_MINUTES).toContain(LIFE_MINUTES_DEFAULT);
});

test("the end is written as the document has it, and read again", () => {
  const now = Date.UTC(2026, 10, 21, 14, 0, 0);
  expect(expiresAfter(90, now)).toBe("2026-11-21T15:30:00.000Z");
  expect(expiryMs("2026-11-21T15:30:00Z")).toBe(now + 90 * 60_000);
  expect(expiryMs("2026-11-21T15:30:00+09:00")).toBe(now - 450 * 60_000);
  expect(expiryMs("soon")).toBeUndefined();
  expect(expiryMs(undefined)).toBeUndefined();
});

test("what is left is told in whole seconds, and never below none", () => {
  expect(leftMs(10_000, 8_999)).toBe(2000);
  expect(leftMs(10_000, 9_000)).toBe(1000);
  expect(leftMs(10_000, 10_000)).toBe(0);
  expect(leftMs(10_000, 99_999)).toBe(0);
});
