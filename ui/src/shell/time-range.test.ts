import { describe, expect, test } from "vitest";
import { readTimeRange, relativeLengthMs, resolveTimeRange } from "./time-range";
import { parseWallTime, wallTimeText, zoneOffsetText } from "./wall-time";

describe("the time range in the URL", () => {
  test("is the last hour when nothing is said or it makes no sense", () => {
    const hour = { kind: "relative", range: "1h", lengthMs: 3_600_000 };
    expect(readTimeRange(undefined, undefined)).toEqual(hour);
    expect(readTimeRange("0m", undefined)).toEqual(hour);
    expect(readTimeRange("2000", "1000")).toEqual(hour);
    expect(readTimeRange("-5", "1000")).toEqual(hour);
    expect(readTimeRange("1000", undefined)).toEqual(hour);
    expect(readTimeRange("yesterday", "today")).toEqual(hour);
  });

  test("is relative until now", () => {
    const setting = readTimeRange("90m", undefined);
    expect(resolveTimeRange(setting, 10_000_000)).toEqual({ fromMs: 4_600_000, toMs: 10_000_000 });
  });

  test("is absolute whatever the time is", () => {
    const setting = readTimeRange("1000", "2000");
    expect(resolveTimeRange(setting, 10_000_000)).toEqual({ fromMs: 1000, toMs: 2000 });
  });

  test("knows minutes, hours and days", () => {
    expect(relativeLengthMs("7d")).toBe(604_800_000);
    expect(relativeLengthMs("7w")).toBeUndefined();
    expect(relativeLengthMs("1.5h")).toBeUndefined();
  });
});

describe("clock times", () => {
  test("return to the same moment in any zone", () => {
    const moment = Date.UTC(2026, 10, 21, 15, 4, 9);
    for (const zone of ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kolkata"]) {
      expect(parseWallTime(wallTimeText(moment, zone), zone)).toBe(moment);
    }
  });

  test("around a change of clocks are the moments that the clocks show", () => {
    const zone = "America/New_York";
    // 1:30 happens twice: the first is still summer time.
    expect(parseWallTime("2026-11-01T01:30:00", zone)).toBe(Date.UTC(2026, 10, 1, 5, 30));
    expect(parseWallTime("2026-11-01T03:00:00", zone)).toBe(Date.UTC(2026, 10, 1, 8));
    expect(parseWallTime("2026-03-08T03:30:00", zone)).toBe(Date.UTC(2026, 2, 8, 7, 30));
  });

  test("that are no times are refused", () => {
    expect(parseWallTime("", "UTC")).toBeUndefined();
    expect(parseWallTime("2026-13-01T00:00", "UTC")).toBeUndefined();
  });

  test("say how far they are from UTC", () => {
    expect(zoneOffsetText(0, "Asia/Seoul")).toBe("UTC+9");
    expect(zoneOffsetText(Date.UTC(2026, 0, 1), "America/St_Johns")).toBe("UTC-3:30");
  });
});
