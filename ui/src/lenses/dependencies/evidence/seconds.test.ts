import { expect, test } from "vitest";
import { limitText, measuredText, rangeText } from "./seconds";

test("a limit is written as it was chosen", () => {
  expect(limitText(10_000, "en")).toBe("10 s");
  expect(limitText(10_000, "ko")).toBe("10초");
  expect(limitText(1_500, "en")).toBe("1.5 s");
  expect(limitText(500, "ko")).toBe("500밀리초");
});

test("what was measured keeps one digit, so that it lines up", () => {
  expect(measuredText(12_000, "en")).toBe("12.0 s");
  expect(measuredText(30_590, "ko")).toBe("30.6초");
  expect(measuredText(640.4, "ko")).toBe("640 ms");
  expect(measuredText(125_000, "en")).toBe("125.0 s");
});

test("a range has one unit, and one value when both ends read the same", () => {
  expect(rangeText(12_000, 30_600, "en")).toBe("12.0 to 30.6 s");
  expect(rangeText(12_000, 30_600, "ko")).toBe("12.0~30.6초");
  expect(rangeText(700, 1_200, "en")).toBe("0.7 to 1.2 s");
  expect(rangeText(12_010, 12_040, "en")).toBe("12.0 s");
});
