import { expect, test } from "vitest";
import { bindFormats } from "@/design/use-format";
import { tickTexts } from "./time-chart-options";

const format = bindFormats({ language: "en", timeZone: "UTC", currency: "USD" });

test("an axis of counts does not name the same count twice", () => {
  expect(tickTexts([0, 0.5, 1], format.count)).toEqual(["0", "", "1"]);
  expect(tickTexts([0, 1, 2], format.count)).toEqual(["0", "1", "2"]);
});

test("ticks that read differently are all named", () => {
  expect(tickTexts([0, 0.5, 1], format.number)).toEqual(["0", "0.5", "1"]);
});
