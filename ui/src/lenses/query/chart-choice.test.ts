import { describe, expect, it } from "vitest";
import {
  BARS_MAX,
  barData,
  chooseChart,
  completeChart,
  lineData,
  type ResultColumn,
  SERIES_MAX,
} from "./chart-choice";

const column = (name: string, type: ResultColumn["type"]): ResultColumn => ({ name, type });
const TIME = column("bucket", "timestamp");
const SERVICE = column("service", "text");
const CALLS = column("calls", "int64");
const P95 = column("p95", "float64");
const [T1, T2] = ["2026-11-21T05:00:00Z", "2026-11-21T05:01:00Z"];

describe("the choice of a chart", () => {
  it("is a line for each number over time", () => {
    const rows = [
      [T1, 1, 2],
      [T2, 3, 4],
    ];
    expect(chooseChart([TIME, CALLS, P95], rows)).toEqual({
      kind: "line",
      x: "bucket",
      y: ["calls", "p95"],
      series: undefined,
    });
  });

  it("is a line for each value of a text column", () => {
    const rows = [
      [T1, "a", 1],
      [T1, "b", 2],
    ];
    expect(chooseChart([TIME, SERVICE, CALLS], rows)).toMatchObject({
      kind: "line",
      y: ["calls"],
      series: "service",
    });
  });

  it("is bars of the number that the result is ordered by", () => {
    const rows = [
      ["a", 5, 30],
      ["b", 9, 20],
      ["c", 7, 10],
    ];
    expect(chooseChart([SERVICE, CALLS, P95], rows)).toMatchObject({
      kind: "bar",
      x: "service",
      y: ["p95"],
    });
  });

  it("is the table for a list of records", () => {
    const columns = [TIME, column("trace_id", "text"), SERVICE, CALLS];
    expect(
      chooseChart(columns, [
        [T1, "x", "a", 1],
        [T2, "y", "a", 2],
      ]).kind,
    ).toBe("table");
    expect(
      chooseChart(
        [SERVICE, CALLS],
        [
          ["a", 1],
          ["a", 2],
        ],
      ).kind,
    ).toBe("table");
  });

  it("is the table for one row, for no number and for no rows", () => {
    expect(chooseChart([TIME, CALLS], [[T1, 1]]).kind).toBe("table");
    expect(
      chooseChart(
        [SERVICE, TIME],
        [
          ["a", T1],
          ["b", T2],
        ],
      ).kind,
    ).toBe("table");
    expect(chooseChart([SERVICE, CALLS], []).kind).toBe("table");
  });

  it("drops columns that the result does not have", () => {
    const wanted = { kind: "bar", x: "gone", y: ["gone", "p95"] } as const;
    const complete = completeChart({ ...wanted, y: [...wanted.y] }, [SERVICE, CALLS, P95], []);
    expect(complete).toMatchObject({ kind: "bar", x: "service", y: ["p95"] });
    expect(completeChart({ kind: "line" }, [SERVICE, CALLS], []).kind).toBe("table");
  });
});

describe("the values of lines", () => {
  it("are aligned on all times, with gaps as null", () => {
    const rows = [
      [T2, "b", 4],
      [T1, "a", 1],
      [T2, "a", "2"],
    ];
    const setting = { kind: "line", x: "bucket", y: ["calls"], series: "service" } as const;
    const data = lineData([TIME, SERVICE, CALLS], rows, { ...setting, y: [...setting.y] });
    expect(data.timesMs).toEqual([Date.parse(T1), Date.parse(T2)]);
    expect(data.series).toEqual([
      { name: "a", values: [1, 2] },
      { name: "b", values: [null, 4] },
    ]);
  });

  it("keep the largest series", () => {
    const rows = Array.from({ length: SERIES_MAX + 5 }, (_, at) => [T1, `s${at}`, at]);
    const setting = { kind: "line" as const, x: "bucket", y: ["calls"], series: "service" };
    const data = lineData([TIME, SERVICE, CALLS], rows, setting);
    expect(data.hidden).toBe(5);
    expect(data.series.map((it) => it.name)).not.toContain("s0");
  });
});

it("bars keep the order of the result and name what is absent", () => {
  const rows = [
    ["b", 2],
    [null, "9007199254740993"],
    ["c", null],
  ];
  const setting = { kind: "bar" as const, x: "service", y: ["calls"] };
  expect(barData([SERVICE, CALLS], rows, setting)).toEqual({
    bars: [
      { name: "b", value: 2 },
      { name: "–", value: 9007199254740992 },
    ],
    hidden: 0,
  });
  const many = Array.from({ length: BARS_MAX + 3 }, (_, at) => [`s${at}`, at]);
  expect(barData([SERVICE, CALLS], many, setting).hidden).toBe(3);
});
