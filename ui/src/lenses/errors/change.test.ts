import { expect, test } from "vitest";
import { bindFormats } from "@/design/use-format";
import { changePercent, differenceText, direction, percentText } from "./change";

const format = bindFormats({ language: "en", timeZone: "UTC", currency: "USD" });

test("a change is relative to the period before", () => {
  expect(changePercent(30, 20)).toBe(50);
  expect(changePercent(0, 20)).toBe(-100);
  expect(changePercent(5, 0)).toBeUndefined();
});

test("a change reads with its sign", () => {
  expect(percentText(50, format)).toBe("+50%");
  expect(percentText(-12.4, format)).toBe("−12%");
  expect(percentText(0.25, format)).toBe("+0.25%");
  expect(percentText(0, format)).toBe("0%");
  expect(percentText(null, format)).toBe("–");
  expect(differenceText(-1234, format)).toBe("−1,234");
  expect(differenceText(7, format)).toBe("+7");
});

test("only what is worth a look is marked", () => {
  expect([24, 25, -24, -25, null].map(direction)).toEqual(["same", "up", "same", "down", "same"]);
});
