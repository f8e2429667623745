import { expect, test } from "vitest";
import {
  OWN_METRICS,
  ownCharts,
  ownMetricsSql,
  ratePerSecond,
  readSamples,
  type Sample,
  stepSeconds,
} from "./own-metrics";

const MINUTE = 60_000;
const NAMES = { resident: "Resident", limit: "Limit", used: "Used" };

function counted(minute: number, value: number, startMinute: number, table = "spans"): Sample {
  const atMs = minute * MINUTE;
  return {
    metric: OWN_METRICS.acceptedRows,
    table,
    stepMs: atMs,
    startMs: startMinute * MINUTE,
    atMs,
    value,
  };
}

test("a rate is what was counted since the sample before", () => {
  expect(ratePerSecond(counted(1, 100, 0), counted(2, 400, 0))).toBe(5);
  expect(ratePerSecond(counted(1, 100, 0), counted(2, 100, 0))).toBe(0);
  expect(ratePerSecond(undefined, counted(1, 100, 0))).toBeNull();
});

test("after a restart a counter began at zero, however large it was before", () => {
  expect(ratePerSecond(counted(1, 100, 0), counted(4, 120, 2))).toBe(1);
  expect(ratePerSecond(counted(1, 100, 0), counted(4, 9, 2))).toBe(0.075);
});

test("a counter that went back without a new start gives no rate", () => {
  expect(ratePerSecond(counted(1, 100, 0), counted(2, 40, 0))).toBeNull();
});

test("each table is a line, and samples before the range only help with the first rate", () => {
  const samples = [
    counted(1, 60, 0),
    counted(1, 0, 0, "logs"),
    counted(2, 120, 0),
    counted(2, 600, 0, "logs"),
  ];
  expect(ownCharts(samples, 2 * MINUTE, NAMES).accepted).toEqual({
    timesMs: [2 * MINUTE],
    series: [
      { name: "logs", values: [10] },
      { name: "spans", values: [1] },
    ],
  });
});

test("a time without samples is a gap and not a line", () => {
  const disk = (minute: number, value: number): Sample => ({
    ...counted(minute, value, 0, ""),
    metric: OWN_METRICS.diskUsed,
    startMs: null,
  });
  const chart = ownCharts([disk(1, 5), disk(2, 6), disk(3, 7), disk(30, 8)], 0, NAMES).disk;
  expect(chart.timesMs.map((it) => it / MINUTE)).toEqual([1, 2, 3, 4, 30]);
  expect(chart.series).toEqual([{ name: "Used", values: [5, 6, 7, null, 8] }]);
});

test("rows are read as they are answered, and broken ones are left out", () => {
  const step = "2026-01-01T00:01:00Z";
  const at = "2026-01-01T00:01:47.191000001Z";
  expect(
    readSamples([
      ["m", null, step, null, at, 5],
      ["m", "spans", step, null, null, 5],
    ]),
  ).toEqual([
    {
      metric: "m",
      table: "",
      stepMs: Date.parse(step),
      startMs: null,
      atMs: Date.parse("2026-01-01T00:01:47.191Z"),
      value: 5,
    },
  ]);
});

test("a long range is asked for in longer steps, and starts before its beginning", () => {
  expect(stepSeconds(0, 3_600_000)).toBe(30);
  expect(stepSeconds(0, 30 * 86_400_000)).toBe(21_600);
  const sql = ownMetricsSql(Date.UTC(2026, 0, 1, 1), Date.UTC(2026, 0, 1, 2));
  expect(sql).toContain("interval '30 seconds'");
  expect(sql).toContain("time >= timestamp '2026-01-01T00:58:00.000Z'");
  expect(sql).toContain("time < timestamp '2026-01-01T02:00:00.000Z'");
});
