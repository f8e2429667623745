import { expect, test } from "vitest";
import { lastWholeWeek, momentAfter, mondayText, shiftWeeks, sundayOf, weekChoices } from "./weeks";

test("the last whole week ends before this Monday, in the time zone of the reader", () => {
  // Sunday evening in UTC is Monday morning in Seoul.
  const moment = Date.UTC(2026, 10, 22, 20);
  expect(lastWholeWeek(moment, "UTC")).toBe("2026-11-09");
  expect(lastWholeWeek(moment, "Asia/Seoul")).toBe("2026-11-16");
});

test("on Monday at midnight the week before has just become whole", () => {
  const monday = Date.UTC(2026, 10, 15, 15);
  expect(lastWholeWeek(monday, "Asia/Seoul")).toBe("2026-11-09");
  expect(lastWholeWeek(monday - 1, "Asia/Seoul")).toBe("2026-11-02");
});

test("any day stands for its week", () => {
  expect(mondayText("2026-11-16")).toBe("2026-11-16");
  expect(mondayText("2026-11-22")).toBe("2026-11-16");
  expect(mondayText("1969-12-31")).toBe("1969-12-29");
  expect(mondayText("2026-13-40")).toBeUndefined();
  expect(mondayText("soon")).toBeUndefined();
  expect(mondayText(undefined)).toBeUndefined();
});

test("the moment after a week is on the next Monday of its time zone, also when clocks change", () => {
  expect(momentAfter("2026-11-16", "Asia/Seoul")).toBe(Date.UTC(2026, 10, 23, 3));
  // Berlin goes from UTC+2 to UTC+1 on the Sunday of this week.
  expect(momentAfter("2026-10-19", "Europe/Berlin")).toBe(Date.UTC(2026, 9, 26, 11));
});

test("weeks are chosen backwards, across a new year", () => {
  expect(weekChoices("2026-01-05", 3)).toEqual(["2026-01-05", "2025-12-29", "2025-12-22"]);
  expect(shiftWeeks("2025-12-29", 1)).toBe("2026-01-05");
  expect(sundayOf("2025-12-29")).toBe("2026-01-04");
});
