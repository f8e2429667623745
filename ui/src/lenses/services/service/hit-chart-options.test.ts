import { expect, it } from "vitest";
import { hitData } from "./hit-chart-options";

const hits = {
  trace_ids: ["a", "b", "c"],
  span_ids: ["a", "b", "c"],
  times_ms: [3000, 1000, 2000],
  durations_ms: [5, 0, 7],
  failed: [false, true, false],
  endpoints: ["", "", ""],
  total: 3,
  sampled: false,
};

it("times only grow, and each keeps its latency", () => {
  const [seconds, durations] = hitData(hits);
  expect(seconds).toEqual([1, 2, 3]);
  expect(durations?.slice(1)).toEqual([7, 5]);
});

it("a latency of zero has a place on a logarithmic axis", () => {
  expect(hitData(hits)[1]?.[0]).toBeGreaterThan(0);
});

it("the answer of the server is left as it is", () => {
  hitData(hits);
  expect(hits.times_ms).toEqual([3000, 1000, 2000]);
});
