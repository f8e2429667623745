import { describe, expect, test } from "vitest";
import * as format from "./format";

const EN: format.FormatSettings = { language: "en", timeZone: "Asia/Seoul", currency: "USD" };
const KO: format.FormatSettings = { language: "ko", timeZone: "UTC", currency: "KRW" };

describe("durations", () => {
  test.each([
    [0, "0 ms"],
    [640, "640 ns"],
    [12_345, "12.3 µs"],
    [45_600_000, "45.6 ms"],
    [1_234_000_000, "1.23 s"],
    [999_400_000, "999 ms"],
    [999_900_000, "1 s"],
    [999_600, "1 ms"],
    [-999_999_999, "-1 s"],
    [59_900_000_000, "59.9 s"],
    [59_990_000_000, "1 min"],
    [125_000_000_000, "2 min 5 s"],
    [120_000_000_000, "2 min"],
    [3 * 3600e9 + 4 * 60e9 + 29e9, "3 h 4 min"],
    [3599.4e9, "59 min 59 s"],
    [3599.9e9, "1 h"],
    [86_369e9, "23 h 59 min"],
    [86_399.9e9, "1 d"],
    [(5 * 86_400 + 6 * 3600) * 1e9, "5 d 6 h"],
    [-2_500_000, "-2.5 ms"],
    [-125_000_000_000, "-2 min 5 s"],
  ])("%d ns is %s", (nanoseconds, text) => {
    expect(format.formatDuration(nanoseconds, EN)).toBe(text);
  });

  test("are written in Korean too", () => {
    expect(format.formatDuration(125e9, KO)).toBe("2분 5초");
    expect(format.formatDuration(30 * 86_400e9, KO)).toBe("30일");
  });

  test("that are absent are a dash", () => {
    expect(format.formatDuration(null, EN)).toBe("–");
    expect(format.formatDuration(Number.NaN, EN)).toBe("–");
  });
});

describe("numbers", () => {
  test("keep three significant digits and every whole one", () => {
    expect(format.formatNumber(0.012345, EN)).toBe("0.0123");
    expect(format.formatNumber(12.345, EN)).toBe("12.3");
    expect(format.formatNumber(123_456.7, EN)).toBe("123,457");
  });

  test("of bytes have binary units", () => {
    expect(format.formatBytes(0, EN)).toBe("0 B");
    expect(format.formatBytes(1023, EN)).toBe("1,023 B");
    expect(format.formatBytes(1536, EN)).toBe("1.5 KiB");
    expect(format.formatBytes(1023.7, EN)).toBe("1 KiB");
    expect(format.formatBytes(20 * 1024 ** 3, EN)).toBe("20 GiB");
  });

  test("of percent do not go below what matters", () => {
    expect(format.formatPercent(12.34, EN)).toBe("12.3%");
    expect(format.formatPercent(0.0027, EN)).toBe("<0.01%");
    expect(format.formatPercent(0, EN)).toBe("0%");
  });

  test("per second are short", () => {
    expect(format.formatRate(12_345, EN)).toBe("12.3k/s");
    expect(format.formatRate(999.7, EN)).toBe("1k/s");
    expect(format.formatByteRate(2048, EN)).toBe("2 KiB/s");
  });

  test("of rare events are told by a longer time", () => {
    expect(format.formatFrequency(12_345, EN)).toBe("12.3k/s");
    expect(format.formatFrequency(0.1, EN)).toBe("0.1/s");
    expect(format.formatFrequency(0.0075, EN)).toBe("0.45/min");
    expect(format.formatFrequency(2 / 3600, EN)).toBe("2/h");
    expect(format.formatFrequency(0, EN)).toBe("0/s");
    expect(format.formatFrequency(null, EN)).toBe("–");
  });

  test("of money have a currency", () => {
    expect(format.formatMoney(1234.5, EN)).toBe("$1,234.50");
    expect(format.formatMoney(1234.5, KO)).toBe("₩1,235");
  });
});

describe("times", () => {
  const moment = Date.UTC(2026, 10, 21, 15, 4, 9, 87);

  test("are shown in the time zone of the settings", () => {
    expect(format.formatTime(moment, EN)).toBe("2026-11-22 00:04:09");
    expect(format.formatTime(moment, KO)).toBe("2026-11-21 15:04:09");
    expect(format.formatTime(moment, KO, "millisecond")).toBe("2026-11-21 15:04:09.087");
    expect(format.formatTime(moment, KO, "minute")).toBe("2026-11-21 15:04");
    expect(format.formatTime(moment, KO, "day")).toBe("2026-11-21");
  });

  test("of the past are relative", () => {
    expect(format.formatAgo(moment - 180_000, moment, EN)).toBe("3 minutes ago");
    expect(format.formatAgo(moment - 7_200_000, moment, KO)).toBe("2시간 전");
  });
});
