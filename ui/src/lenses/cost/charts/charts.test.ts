/** Bars with costs above the line and credits below it, in UTC. */
import { expect, it } from "vitest";
import { bucketEnd, bucketLabel, bucketText } from "./buckets";
import { labelStep, scaleOf, stackPieces } from "./stack";
import { fittedText, textWidth } from "./text-width";

it("costs stand on each other, and credits hang below the line", () => {
  expect(stackPieces([3, -1, 0, 2, -4])).toEqual([
    { series: 0, low: 0, high: 3 },
    { series: 1, low: -1, high: 0 },
    { series: 3, low: 3, high: 5 },
    { series: 4, low: -5, high: -1 },
  ]);
});

it("the scale holds all bars with round steps, and zero is one", () => {
  expect(scaleOf([stackPieces([93, -17])])).toEqual({
    low: -50,
    high: 100,
    ticks: [-50, 0, 50, 100],
  });
  expect(scaleOf([stackPieces([0])])).toEqual({ low: 0, high: 1, ticks: [0] });
  expect(scaleOf([stackPieces([0.0023])]).high).toBeCloseTo(0.003, 9);
});

it("labels keep apart", () => {
  expect(labelStep(60, 600, 56)).toBe(6);
  expect(labelStep(3, 600, 56)).toBe(1);
});

it("buckets are those of the bill, whatever the time zone of the person is", () => {
  const day = Date.UTC(2026, 9, 31);
  expect(bucketText(day, "day")).toBe("2026-10-31");
  expect(bucketText(day + 3_600_000, "hour")).toBe("2026-10-31 01:00");
  expect(bucketText(day, "month")).toBe("2026-10");
  expect(bucketLabel(day, "day")).toBe("10/31");
  expect(bucketEnd(Date.UTC(2026, 1, 1), "month")).toBe(Date.UTC(2026, 2, 1));
  expect(bucketEnd(day, "week")).toBe(Date.UTC(2026, 10, 7));
});

it("texts are cut where there is no room, Korean ones earlier", () => {
  expect(fittedText("AmazonEC2", 200, 7)).toBe("AmazonEC2");
  expect(fittedText("AmazonEC2", 40, 7)).toBe("Amaz…");
  expect(fittedText("AmazonEC2", 15, 7)).toBe("");
  expect(textWidth("비용", 10)).toBe(36);
});
