import { expect, test } from "vitest";
import type { MapEdge } from "../map-api";
import { labelOf, readableLabels } from "./labels";

function label(id: string, x: number, y: number, requests: number, error_percent = 0) {
  const edge = { id, figures: { requests, error_percent } } as unknown as MapEdge;
  return labelOf(edge, { x, y }, "1.5/min");
}

const shown = (...labels: ReturnType<typeof label>[]) =>
  readableLabels(labels).map(({ edge }) => edge.id);

test("figures that have room are all written", () => {
  expect(shown(label("a", 0, 0, 1), label("b", 0, 15, 1), label("c", 60, 0, 1))).toEqual([
    "a",
    "b",
    "c",
  ]);
});

test("of calls whose figures would cover each other, the busier is written", () => {
  expect(shown(label("quiet", 0, 0, 1), label("busy", 20, 5, 100))).toEqual(["busy"]);
});

test("a call with errors is written before a busier one without", () => {
  expect(shown(label("busy", 0, 0, 100), label("failing", 10, 0, 2, 50))).toEqual(["failing"]);
});
