import { expect, it } from "vitest";
import { bindFormats } from "@/design/use-format";
import { changeText } from "./Change";
import { changePercent, changePoints, judgeChange, roundedChange } from "./change";

const format = bindFormats({ language: "en", timeZone: "UTC", currency: "USD" });

it("a change is in percent of what was before", () => {
  expect(changePercent(150, 100)).toBe(50);
  expect(changePercent(50, 100)).toBe(-50);
  expect(changePercent(100, 100)).toBe(0);
});

it("without a value before there is no change, not an endless one", () => {
  expect(changePercent(10, 0)).toBeUndefined();
  expect(changePercent(10, null)).toBeUndefined();
  expect(changePercent(null, 10)).toBeUndefined();
  expect(changePercent(10, undefined)).toBeUndefined();
  expect(changePoints(1, null)).toBeUndefined();
});

it("error rates change by percentage points, also from zero", () => {
  expect(changePoints(2.5, 0)).toBe(2.5);
  expect(changePoints(1, 4)).toBe(-3);
});

it("more latency is worse and less is better, and small changes are neither", () => {
  expect(judgeChange(30, "percent", true)).toBe("worse");
  expect(judgeChange(-30, "percent", true)).toBe("better");
  expect(judgeChange(9.9, "percent", true)).toBe("neutral");
  expect(judgeChange(0.5, "points", true)).toBe("worse");
  expect(judgeChange(0.05, "points", true)).toBe("neutral");
});

it("more requests are neither worse nor better", () => {
  expect(judgeChange(300, "percent", false)).toBe("neutral");
});

it("a change is written with its direction and the digits that matter", () => {
  expect(roundedChange(-12.6, "percent")).toBe(13);
  expect(changeText(12.6, "percent", format, "pp")).toBe("▲ 13%");
  expect(changeText(-0.126, "percent", format, "pp")).toBe("▼ 0.13%");
  expect(changeText(1.25, "points", format, "pp")).toBe("▲ 1.25 pp");
  expect(changeText(0, "percent", format, "pp")).toBe("0%");
});
