import { describe, expect, it } from "vitest";
import {
  buildTree,
  keysAbove,
  mergeIntervals,
  type Span,
  serviceShares,
  visibleRows,
} from "./tree";

function span(id: string, parent: string | null, start: number, duration: number, more = {}): Span {
  return {
    span_id: id,
    parent_span_id: parent,
    service: "order",
    name: id,
    kind: "internal",
    start_offset_ns: start,
    duration_ns: duration,
    status: "unset",
    status_message: "",
    scope: "",
    attributes: {},
    resource: {},
    events: [],
    links: [],
    ...more,
  };
}

function shape(spans: Span[]): string[] {
  return buildTree(spans).rows.map(
    (row) => `${"  ".repeat(row.depth)}${row.span?.span_id ?? `missing ${row.missingParentId}`}`,
  );
}

describe("the order of rows", () => {
  it("puts children under their parent, by start", () => {
    expect(
      shape([span("late", "root", 50, 1), span("root", null, 0, 100), span("early", "root", 5, 1)]),
    ).toEqual(["root", "  early", "  late"]);
  });

  it("keeps several roots, by start", () => {
    expect(shape([span("second", null, 20, 1), span("first", null, 10, 1)])).toEqual([
      "first",
      "second",
    ]);
  });

  it("gathers the children of a parent that is not stored under a marked row", () => {
    const spans = [span("b", "gone", 30, 20), span("root", null, 0, 10), span("a", "gone", 20, 5)];
    expect(shape(spans)).toEqual(["root", "missing gone", "  a", "  b"]);
    const missing = buildTree(spans).rows[1];
    expect([missing?.startNs, missing?.endNs, missing?.childCount]).toEqual([20, 50, 2]);
  });

  it("cuts a circle of parents at its earliest span", () => {
    const spans = [span("b", "a", 20, 1), span("a", "b", 10, 1), span("self", "self", 30, 1)];
    expect(shape(spans)).toEqual(["a", "  b", "self"]);
    expect(buildTree(spans).rows.map((row) => row.isCycle)).toEqual([true, false, true]);
  });

  it("shows every span once when an id occurs twice", () => {
    const spans = [span("x", null, 0, 9), span("x", null, 1, 9), span("child", "x", 2, 1)];
    expect(shape(spans)).toEqual(["x", "  child", "x"]);
    expect(new Set(buildTree(spans).rows.map((row) => row.key)).size).toBe(3);
  });

  it("takes a chain of 50,000 spans", () => {
    const spans = Array.from({ length: 50_000 }, (_, at) =>
      span(String(at), at === 0 ? null : String(at - 1), at, 50_000),
    );
    const { rows } = buildTree(spans);
    expect(rows.at(-1)?.depth).toBe(49_999);
    expect(rows[0]?.end).toBe(50_000);
  });
});

describe("times", () => {
  it("moves a child that began before its parent to the start of the parent", () => {
    const { rows } = buildTree([
      span("root", null, 0, 100),
      span("skewed", "root", -35, 50, { service: "payment" }),
    ]);
    expect([rows[1]?.startNs, rows[1]?.endNs, rows[1]?.skewNs]).toEqual([0, 50, 35]);
  });

  it("moves spans of the same service together, and marks only the first", () => {
    const { rows } = buildTree([
      span("root", null, 0, 100, { service: "gateway" }),
      span("skewed", "root", -35, 50),
      span("inner", "skewed", -20, 10),
    ]);
    expect([rows[2]?.startNs, rows[2]?.shiftNs, rows[2]?.skewNs]).toEqual([15, 35, 0]);
  });

  it("counts as self time what no child covers", () => {
    const { rows } = buildTree([
      span("root", null, 0, 100),
      span("a", "root", 10, 20),
      span("b", "root", 20, 30),
      span("after", "root", 90, 50),
    ]);
    expect(rows[0]?.selfNs).toBe(50);
    expect(rows[0]?.covered).toEqual([
      [10, 50],
      [90, 100],
    ]);
  });

  it("takes a negative duration as zero", () => {
    expect(buildTree([span("root", null, 5, -3)]).rows[0]?.endNs).toBe(5);
  });

  it("merges intervals that touch", () => {
    expect(
      mergeIntervals(
        [
          [5, 7],
          [0, 5],
          [9, 20],
        ],
        0,
        10,
      ),
    ).toEqual([
      [0, 7],
      [9, 10],
    ]);
  });
});

describe("collapsing", () => {
  const { rows } = buildTree([
    span("root", null, 0, 100),
    span("a", "root", 1, 10),
    span("a1", "a", 2, 1, { status: "error" }),
    span("b", "root", 50, 10),
  ]);
  const key = (id: string) => rows.find((row) => row.span?.span_id === id)?.key ?? "";

  it("hides a whole subtree", () => {
    expect(visibleRows(rows, new Set([key("a")]))).toEqual([0, 1, 3]);
    expect(visibleRows(rows, new Set([key("root")]))).toEqual([0]);
    expect(visibleRows(rows, new Set())).toEqual([0, 1, 2, 3]);
  });

  it("knows the errors inside", () => {
    expect(rows.map((row) => row.errorsBelow)).toEqual([1, 1, 0, 0]);
  });

  it("names what must be open for a row to be seen", () => {
    expect(keysAbove(rows, 2)).toEqual([key("a"), key("root")]);
  });
});

describe("shares of services", () => {
  it("add up to 100 percent of the self time", () => {
    const { rows } = buildTree([
      span("root", null, 0, 100, { service: "gateway" }),
      span("a", "root", 0, 75, { status: "error" }),
    ]);
    const shares = serviceShares(rows);
    expect(shares.map((it) => [it.service, it.percent, it.errors])).toEqual([
      ["order", 75, 1],
      ["gateway", 25, 0],
    ]);
  });
});
