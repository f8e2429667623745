import { expect, test } from "vitest";
import type { Volume } from "../logs-api";
import { SERIES_SHOWN, volumeSeries } from "./volume-series";

function volume(groups: number): Volume {
  return {
    price: null,
    total_records: 0,
    total_bytes: 0,
    represented_records: 0,
    previous_bytes: 0,
    total_cost: null,
    from_ms: 1_000,
    bucket_ms: 500,
    truncated: false,
    groups: Array.from({ length: groups }, (_, at) => ({
      value: `s${at}`,
      pattern: null,
      records: 1,
      bytes: at,
      share: 0,
      cost: null,
      previous_bytes: 0,
      over_time: [at, 1],
    })),
  };
}

test("the largest groups are drawn by name, all others as one", () => {
  const { timesMs, series } = volumeSeries(volume(10), (it) => it.value ?? "", "rest");
  expect(timesMs).toEqual([1_000, 1_500]);
  expect(series.map((it) => it.name)).toEqual(["s9", "s8", "s7", "s6", "s5", "s4", "s3", "rest"]);
  expect(series.at(-1)?.values).toEqual([0 + 1 + 2, 3]);
});

test("few groups need no rest, and none gives an empty chart", () => {
  expect(volumeSeries(volume(SERIES_SHOWN), (it) => it.value ?? "", "rest").series).toHaveLength(7);
  expect(volumeSeries(volume(0), () => "", "rest")).toEqual({ timesMs: [], series: [] });
});
