import { expect, it } from "vitest";
import type { ServiceSeries, VersionSeries } from "../services-api";
import { errorPercents, VERSIONS_DRAWN_MAX, versionCharts } from "./version-series";

const names = { none: "No version", others: "Other versions" };

function version(name: string | null, requests: number[], errors = requests.map(() => 0)) {
  return {
    version: name,
    requests,
    errors,
    p50_ms: requests.map((it) => it),
    p95_ms: requests.map((it) => 2 * it),
    p99_ms: requests.map((it) => (it > 0 ? 3 * it : null)),
  };
}

function series(versions: VersionSeries[]): ServiceSeries {
  const all = version(null, [1, 2]);
  return { from_ms: 1000, bucket_ms: 500, versions, all, deploys: [] };
}

it("each version has a line of one colour in all charts", () => {
  const charts = versionCharts(
    series([version("1.0", [4, 0], [1, 0]), version(null, [1, 2])]),
    "p95_ms",
    names,
  );
  expect(charts.timesMs).toEqual([1000, 1500]);
  expect(charts.requests.map((it) => it.name)).toEqual(["1.0", "No version"]);
  expect(charts.requests.map((it) => it.values)).toEqual([
    [4, 0],
    [1, 2],
  ]);
  expect(charts.errorPercent[0]?.values).toEqual([25, null]);
  expect(charts.latency[1]?.values).toEqual([2, 4]);
  const colors = (lines: { color?: string }[]) => lines.map((it) => it.color);
  expect(colors(charts.latency)).toEqual(colors(charts.requests));
  expect(new Set(colors(charts.requests)).size).toBe(2);
});

it("the chosen percentile is drawn", () => {
  const charts = versionCharts(series([version("1.0", [4, 0])]), "p99_ms", names);
  expect(charts.latency[0]?.values).toEqual([12, null]);
});

it("beyond the colours the quietest versions are counted together, and have no percentile", () => {
  const many = Array.from({ length: VERSIONS_DRAWN_MAX + 2 }, (_, at) =>
    version(`v${at}`, [at, at], [1, 0]),
  );
  const charts = versionCharts(series(many), "p50_ms", names);
  expect(charts.merged).toBe(2);
  expect(charts.requests).toHaveLength(VERSIONS_DRAWN_MAX + 1);
  expect(charts.requests.at(-1)).toMatchObject({ name: "Other versions", values: [1, 1] });
  expect(charts.errorPercent.at(-1)?.values).toEqual([200, 0]);
  expect(charts.latency).toHaveLength(VERSIONS_DRAWN_MAX);
  expect(charts.latency.map((it) => it.name)).not.toContain("v0");
});

it("without requests no share of them failed", () => {
  expect(errorPercents({ requests: [0, 10], errors: [0, 5] })).toEqual([null, 50]);
});
