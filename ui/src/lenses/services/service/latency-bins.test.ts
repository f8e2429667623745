import { expect, it } from "vitest";
import { axisTicks, binAt, latencyBins, shareOfAxis } from "./latency-bins";

const bucket = (from_ms: number, to_ms: number, requests: number, errors = 0) => ({
  from_ms,
  to_ms,
  requests,
  errors,
});

it("each bucket is a bar when there is room", () => {
  const { bins } = latencyBins([bucket(1, 2, 5, 1), bucket(2, 4, 0), bucket(4, 8, 3)], 10);
  expect(bins).toEqual([
    { fromMs: 1, toMs: 2, requests: 5, errors: 1 },
    { fromMs: 4, toMs: 8, requests: 3, errors: 0 },
  ]);
});

/** More than there is room for, of alike width. */
const many = Array.from({ length: 300 }, (_, at) => bucket(1.01 ** at, 1.01 ** (at + 1), at, 1));

it("every request is in one bar", () => {
  const { bins } = latencyBins(many, 40);
  const sum = (of: "requests" | "errors") => bins.reduce((total, bin) => total + bin[of], 0);
  expect(bins).toHaveLength(40);
  expect([sum("requests"), sum("errors")]).toEqual([44_850, 299]);
});

it("bars are even steps of a logarithm, one after the other", () => {
  const { bins, fromMs, toMs } = latencyBins(many, 4);
  const step = (toMs / fromMs) ** (1 / 4);
  expect(bins.map((bin) => bin.toMs / bin.fromMs)).toEqual(bins.map(() => expect.closeTo(step)));
  expect(bins[1]?.fromMs).toBe(bins[0]?.toMs);
});

it("the bar under the pointer is found, and none in a gap", () => {
  const axis = latencyBins([bucket(1, 10, 5), bucket(100, 1000, 3)], 10);
  expect(binAt(0.1, axis)).toBe(0);
  expect(binAt(0.5, axis)).toBeUndefined();
  expect(binAt(0.9, axis)).toBe(1);
  expect(binAt(1.2, axis)).toBeUndefined();
});

it("empty buckets make the axis no longer", () => {
  const { fromMs, toMs } = latencyBins([bucket(0.01, 0.02, 0), bucket(5, 50, 2)], 10);
  expect([fromMs, toMs]).toEqual([5, 50]);
});

it("latencies of zero and nothing at all are no error", () => {
  expect(latencyBins([], 10).bins).toEqual([]);
  expect(latencyBins([bucket(0, 0.001, 4)], 10).bins.reduce((n, it) => n + it.requests, 0)).toBe(4);
});

it("a latency has its place on the axis", () => {
  const axis = latencyBins([bucket(1, 1.01, 1), bucket(99, 100, 1)], 10);
  expect(shareOfAxis(1, axis)).toBeCloseTo(0);
  expect(shareOfAxis(10, axis)).toBeCloseTo(0.5);
  expect(shareOfAxis(100, axis)).toBeCloseTo(1);
});

it("ticks are round numbers", () => {
  const axis = latencyBins([bucket(0.15, 0.2, 1), bucket(9, 11, 1)], 10);
  expect(axisTicks(axis)).toEqual([0.2, 0.5, 1, 2, 5, 10]);
  const long = latencyBins([bucket(0.09, 0.1, 1), bucket(9000, 11000, 1)], 10);
  expect(axisTicks(long)).toEqual([0.1, 1, 10, 100, 1000, 10_000]);
});
