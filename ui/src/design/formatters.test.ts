import { afterEach, expect, test, vi } from "vitest";
import * as format from "./format";
import { kept, numberFormat } from "./formatters";

afterEach(() => vi.restoreAllMocks());

test("the same language and options are served by the same formatter", () => {
  const digits = () => numberFormat("en", { maximumFractionDigits: 2 });
  expect(digits()).toBe(digits());
});

test("another language and other options have formatters of their own", () => {
  expect(numberFormat("en", { maximumFractionDigits: 1 }).format(1.25)).toBe("1.3");
  expect(numberFormat("de", { maximumFractionDigits: 1 }).format(1.25)).toBe("1,3");
  expect(numberFormat("en", { maximumFractionDigits: 2 }).format(1.25)).toBe("1.25");
});

test("they do not pile up", () => {
  const make = vi.fn((name: string) => ({ name }));
  const ask = kept((name: string) => name, make);
  for (const round of [1, 2]) {
    for (let at = 0; at < 100; at += 1) {
      expect(ask(`name ${at}`).name).toBe(`name ${at}`);
    }
    expect(make, `round ${round}`).toHaveBeenCalledTimes(100);
  }
  ask("one more");
  ask("name 0");
  expect(make).toHaveBeenCalledTimes(102);
});

test("options that the browser refuses are refused each time", () => {
  const wrong = () => numberFormat("en", { style: "currency", currency: "money" });
  expect(wrong).toThrow(RangeError);
  expect(wrong).toThrow(RangeError);
});

test("a thousand cells need a handful of formatters", () => {
  const numbers = vi.spyOn(Intl, "NumberFormat");
  const times = vi.spyOn(Intl, "DateTimeFormat");
  const settings = { language: "ko", timeZone: "Asia/Tokyo", currency: "KRW" } as const;
  const now = Date.UTC(2026, 10, 21);
  for (let row = 0; row < 1000; row += 1) {
    format.formatDuration(row * 1_234_567, settings);
    format.formatNumber(row / 7, settings);
    format.formatCount(row * 1000, settings);
    format.formatMoney(row, settings);
    format.formatTime(now + row, settings, "millisecond");
    format.formatTime(now + row, settings, "day");
  }
  expect(times).toHaveBeenCalledTimes(2);
  // Of none, one and two decimals, of three digits, and of money.
  expect(numbers).toHaveBeenCalledTimes(5);
});

test("times of each zone and detail have formatters of their own", () => {
  const time = (timeZone: string, detail: "minute" | "day") =>
    format.formatTime(0, { language: "en", timeZone, currency: "USD" }, detail);
  for (let again = 0; again < 2; again += 1) {
    expect(time("UTC", "minute")).toBe("1970-01-01 00:00");
    expect(time("Asia/Seoul", "minute")).toBe("1970-01-01 09:00");
    expect(time("Asia/Seoul", "day")).toBe("1970-01-01");
  }
});
