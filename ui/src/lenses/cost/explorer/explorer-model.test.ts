/** What the explorer makes of an answer: series, pivots and tiles that add up to it. */
import { expect, it } from "vitest";
import { addMoney } from "@/common/money";
import type { ExploreRow } from "../cost-types";
import { readPeriod } from "../period";
import { foldSeries } from "./fold";
import { pivotRows } from "./pivot";
import { pivotTable } from "./pivot-columns";
import { exploreRequest, fittingGranularity, nextDimensions } from "./request";
import { squarify } from "./squarify";
import { placeTiles } from "./treemap-model";

const row = (keys: (string | null)[], total: string, before: string | null = "1"): ExploreRow => ({
  keys,
  total,
  before,
  share: 0,
  points: [total, "0.1"],
});
const others = { rows: 9, total: "0.3", before: "0.1", points: ["0.2", "0.1"] };

it("what has no colour of its own is added up exactly", () => {
  const rows = Array.from({ length: 9 }, (_, at) => row([`s${at}`], String(9 - at)));
  const series = foldSeries({ rows, others, bucket_ms: [0, 1] }, (it) => it.keys[0] ?? "", "rest");
  expect(series.map((it) => it.name)).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "rest"]);
  // 2 + 1 + 0.2, and three times 0.1: a float would say 0.30000000000000004.
  expect(series.at(-1)?.amounts).toEqual(["3.2", "0.3"]);
});

it("eight rows have eight colours, and a large credit has one", () => {
  const rows = [...Array.from({ length: 7 }, (_, at) => row([`s${at}`], "1")), row(["c"], "-50")];
  const series = foldSeries(
    { rows, others: null, bucket_ms: [0, 1] },
    (it) => `${it.keys}`,
    "rest",
  );
  expect(series).toHaveLength(8);
  expect(series[0]?.name).toBe("c");
});

it("a pivot has a column for each value, the largest first, and loses nothing", () => {
  const rows = [row(["a", "x"], "1.1"), row(["a", null], "2.2"), row(["b", "x"], "3", null)];
  const pivot = pivotRows(rows);
  expect(pivot.columns).toEqual(["x", null]);
  expect(pivot.rows).toEqual([
    { keys: ["a"], total: "3.3", before: "2", amounts: ["1.1", "2.2"] },
    { keys: ["b"], total: "3", before: null, amounts: ["3", undefined] },
  ]);
});

const ANSWER = {
  currency: "USD",
  metric: "effective",
  from_ms: 0,
  to_ms: 2,
  before_from_ms: -2,
  bucket_ms: [0, 86_400_000],
  before_total: "3.1",
  points: [],
  rates: [],
  sql: "",
  missing: [],
};

it("the rows of the table come to the total, and none has a share of less than nothing", () => {
  const rows = [row(["a"], "10"), row(["b"], "-3")];
  const answer = { ...ANSWER, rows, others, total: "7.3" };
  const table = pivotTable(answer, ["service_name"], "time", "day");
  expect(addMoney(table.rows.map((it) => it.total))).toBe(answer.total);
  expect(table.columns).toEqual({ time: ["1970-01-01", "1970-01-02"] });
  expect(table.rows.map((it) => it.share)).toEqual([1.369863, -0.410959, 0.041096]);
  expect(table.rows.at(-1)).toMatchObject({ isOthers: true, rows: 9, amounts: ["0.2", "0.1"] });
  const below = pivotTable({ ...answer, total: "-5" }, ["service_name"], "none", "day");
  expect(below.rows.map((it) => it.share)).toEqual([null, null, null]);
  expect(below.columns).toEqual({ time: [] });
});

it("tiles fill the room, do not overlap, and are as large as their parts", () => {
  const sizes = [6, 6, 4, 3, 2, 2, 1];
  const tiles = squarify(sizes, 0, 0, 600, 400);
  const area = tiles.reduce((sum, it) => sum + it.width * it.height, 0);
  expect(area).toBeCloseTo(240_000, 6);
  for (const tile of tiles) {
    expect(tile.width * tile.height).toBeCloseTo(((sizes[tile.index] ?? 0) * 240_000) / 24, 6);
    for (const other of tiles.filter((it) => it !== tile)) {
      const isApart =
        tile.x + tile.width <= other.x + 1e-6 ||
        other.x + other.width <= tile.x + 1e-6 ||
        tile.y + tile.height <= other.y + 1e-6 ||
        other.y + other.height <= tile.y + 1e-6;
      expect(isApart).toBe(true);
    }
  }
  // The example of the paper: its first two tiles are 3 wide and 2 high, of 6 by 4.
  expect(tiles[0]).toMatchObject({ x: 0, y: 0, width: 300, height: 200 });
  expect(tiles[1]).toMatchObject({ x: 0, y: 200, width: 300, height: 200 });
  expect(
    Math.max(...tiles.map((it) => Math.max(it.width / it.height, it.height / it.width))),
  ).toBeLessThan(3.1);
});

it("nothing has no tiles", () => {
  expect(squarify([], 0, 0, 10, 10)).toEqual([]);
  expect(squarify([0, 0], 0, 0, 10, 10)).toEqual([]);
  expect(squarify([1], 0, 0, 0, 10)).toEqual([]);
});

it("credits are not drawn, and what is too small is one tile", () => {
  const many = Array.from({ length: 100 }, (_, at) => row([`s${at}`], "1"));
  const { tiles, heads } = placeTiles({ rows: [...many, row(["c"], "-5")], others }, 900, 400);
  expect(tiles).toHaveLength(81);
  expect(tiles.find((it) => it.row === undefined)).toMatchObject({ rows: 29, total: "20.3" });
  expect(heads).toEqual([]);
});

it("tiles of one group are under its name", () => {
  const rows = [row(["a", "x"], "6"), row(["a", "y"], "3"), row([null, "x"], "3")];
  const { tiles, heads } = placeTiles({ rows, others: null }, 600, 300);
  expect(heads.map(({ value, total }) => [value, total])).toEqual([
    ["a", "9"],
    [null, "3"],
  ]);
  const group = tiles.filter((it) => it.row?.keys[0] === "a");
  expect(new Set(group.map((it) => it.group)).size).toBe(1);
  expect(Math.min(...group.map((it) => it.y))).toBe(20);
});

it("the question is what the URL says", () => {
  const period = readPeriod("2026-10-01..2026-10-31", 0);
  const cost = {
    period,
    metric: "billed" as const,
    currency: "KRW",
    dataFromMs: 0,
    dataUntilMs: 1,
    currencies: [],
  };
  const search = {
    by: ["tag:team"],
    f: ["charge!=tax"],
    without: ["credit" as const],
    largest: "change" as const,
  };
  expect(exploreRequest(search, cost)).toEqual({
    from_ms: Date.UTC(2026, 9, 1),
    to_ms: Date.UTC(2026, 10, 1),
    metric: "billed",
    currency: "KRW",
    group_by: ["tag:team"],
    granularity: "day",
    filters: [{ dimension: "charge", values: ["tax"], exclude: true }],
    charges: { exclude: ["credit"] },
    rows_max: 500,
    sort: "change",
  });
  expect(exploreRequest({}, { ...cost, currency: undefined })).not.toHaveProperty("currency");
});

it("bars are neither too many nor too few", () => {
  const of = (days: string) => fittingGranularity(readPeriod(days, 0));
  expect(of("2026-10-01..2026-10-02")).toBe("hour");
  expect(of("2026-10-01..2026-11-30")).toBe("day");
  expect(of("2026-07-01..2026-10-31")).toBe("week");
  expect(of("2025-11-01..2026-10-31")).toBe("month");
});

it("after a choice the next question is what explains it", () => {
  expect(nextDimensions(["virtual:team"])).toEqual(["service_name"]);
  expect(nextDimensions(["sub_account_id", "service_name"])).toEqual(["x_usage_type"]);
  expect(nextDimensions(["x_operation"])).toEqual(["x_operation"]);
});
