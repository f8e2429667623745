import { describe, expect, it } from "vitest";
import { operationShares, serviceShares } from "./summary";
import { type FixtureSpan, fixtureTrace } from "./trace-fixture";
import {
  buildTree,
  coveredParts,
  criticalParts,
  isCritical,
  parentRows,
  recordedNs,
  rowOf,
  rowOfSpan,
  rowsAbove,
  visibleRows,
} from "./tree";

const SPANS: FixtureSpan[] = [
  { id: "root", start: 0, duration: 100 },
  { id: "a", parent: 0, start: 1, duration: 10 },
  { id: "a1", parent: 1, start: 2, duration: 1, isError: true },
  { id: "b", parent: 0, start: 50, duration: 10 },
  { id: "second", start: 60, duration: 60 },
];
const treeOf = (spans: FixtureSpan[]) => buildTree(fixtureTrace(spans));
const tree = treeOf(SPANS);

describe("the rows of a trace", () => {
  it("keep the order, the depth and the parent that the server told", () => {
    const rows = [0, 1, 2, 3, 4].map((at) => rowOf(tree, at));
    expect(rows.map((row) => `${"  ".repeat(row?.depth ?? 9)}${row?.spanId}`)).toEqual([
      "root",
      "  a",
      "    a1",
      "  b",
      "second",
    ]);
    expect(rows.map((row) => row?.parent)).toEqual([-1, 0, 1, 0, -1]);
    expect(rows.map((row) => row?.childCount)).toEqual([2, 1, 0, 0, 0]);
  });

  it("know the errors inside, and not those of the row itself", () => {
    expect(rowOf(tree, 0)?.errorsBelow).toBe(1);
    expect([rowOf(tree, 2)?.isError, rowOf(tree, 2)?.errorsBelow]).toEqual([true, 0]);
  });

  it("cover all the time, also that of later roots", () => {
    expect([tree.fromNs, tree.toNs]).toEqual([0, 120]);
    expect([treeOf([]).fromNs, treeOf([]).toNs]).toEqual([0, 1]);
  });

  it("are marked with what is wrong with them", () => {
    const wrong = treeOf([
      { id: "orphan", start: 0, duration: 1, problem: "missing_parent" },
      { id: "x", start: 1, duration: 1, problem: "cycle" },
      { id: "x", start: 2, duration: 0, problem: "duplicate_id" },
      { id: "y", start: 3, duration: 0, problem: "negative_duration" },
      { id: "fine", start: 4, duration: 1 },
    ]);
    expect([0, 1, 2, 3, 4].map((at) => rowOf(wrong, at)?.problem)).toEqual([
      "missing_parent",
      "cycle",
      "duplicate_id",
      "negative_duration",
      null,
    ]);
  });

  it("are none outside of the tree", () => {
    expect([rowOf(tree, -1), rowOf(tree, 5)]).toEqual([undefined, undefined]);
  });

  it("take a chain of 100,000 spans", () => {
    const count = 100_000;
    const trace = fixtureTrace([]);
    const rows = Array.from({ length: count }, (_, at) => at);
    const zeros = rows.map(() => 0);
    trace.columns = {
      ...{ span_id: rows.map(String), parent: rows.map((at) => at - 1), depth: rows },
      ...{ descendants: rows.map((at) => count - 1 - at), service: zeros, name: zeros },
      ...{ kind: zeros, status: rows.map((at) => (at === count - 1 ? 2 : 0)), self_ns: zeros },
      ...{ start_offset_ns: rows, duration_ns: zeros, skew_ns: zeros, problem: [] },
    };
    const chain = buildTree(trace);
    expect(rowOf(chain, 0)?.errorsBelow).toBe(1);
    expect(rowsAbove(chain, count - 1)).toHaveLength(count - 1);
    expect(visibleRows(chain, new Set([1]))).toHaveLength(2);
  });
});

describe("clocks that differ", () => {
  const skewed = treeOf([
    { id: "root", start: 0, duration: 100, service: "web" },
    { id: "call", parent: 0, start: 0, duration: 50, skew: 35 },
    { id: "inner", parent: 1, start: 15, duration: 10, skew: 35 },
  ]);

  it("are told with what was recorded", () => {
    expect([rowOf(skewed, 1)?.startNs, recordedNs(skewed, 1)]).toEqual([0, -35]);
  });

  it("are a correction of the first span only, when the spans below share its clock", () => {
    expect([1, 2].map((at) => rowOf(skewed, at)?.skewNs)).toEqual([35, 35]);
    expect([0, 1, 2].map((at) => rowOf(skewed, at)?.ownSkewNs)).toEqual([0, 35, 0]);
  });

  it("move the events of a span with it", () => {
    const trace = fixtureTrace([
      { id: "root", start: 0, duration: 100 },
      {
        ...{ id: "call", parent: 0, start: 20, duration: 50, skew: 35 },
        detail: { events: [{ offset_ns: 7, name: "retry", attributes: {} }] },
      },
    ]);
    const { place, ns, name, names } = buildTree(trace).events;
    expect([[...place], [...ns], names[name[0] ?? -1]]).toEqual([[0, 0, 1], [27], "retry"]);
  });
});

describe("the critical path", () => {
  const path = treeOf([
    {
      id: "root",
      start: 0,
      duration: 100,
      critical: [
        [0, 10],
        [60, 100],
      ],
    },
    { id: "a", parent: 0, start: 10, duration: 50, critical: [[10, 60]] },
    { id: "b", parent: 0, start: 10, duration: 20 },
  ]);

  it("is known by row, in the order of time", () => {
    expect(criticalParts(path, 0)).toEqual([
      [0, 10],
      [60, 100],
    ]);
    expect([0, 1, 2].map((at) => isCritical(path, at))).toEqual([true, true, false]);
    expect(criticalParts(path, 2)).toEqual([]);
  });

  it("adds up to the duration of the root among the operations", () => {
    const { rows } = operationShares(path);
    expect(rows.map((row) => [row.operation, row.criticalNs, row.criticalPercent])).toEqual([
      ["root", 50, 50],
      ["a", 50, 50],
      ["b", 0, 0],
    ]);
  });
});

describe("finding a span", () => {
  const twice = treeOf([
    { id: "x", start: 0, duration: 9 },
    { id: "x", start: 40, duration: 9, skew: 10 },
    { id: "y", start: 50, duration: 9 },
  ]);

  it("takes the first of an id, or the one that began then", () => {
    expect([rowOfSpan(twice, "x"), rowOfSpan(twice, "y")]).toEqual([0, 2]);
    expect(rowOfSpan(twice, "x", 30)).toBe(1);
    expect(rowOfSpan(twice, "x", 7)).toBe(0);
  });

  it("finds nothing for an id that is not there", () => {
    expect([rowOfSpan(twice, "z"), rowOfSpan(twice, undefined)]).toEqual([undefined, undefined]);
  });
});

describe("collapsing", () => {
  it("hides a whole subtree", () => {
    expect([...visibleRows(tree, new Set([1]))]).toEqual([0, 1, 3, 4]);
    expect([...visibleRows(tree, new Set([0]))]).toEqual([0, 4]);
    expect([...visibleRows(tree, new Set())]).toEqual([0, 1, 2, 3, 4]);
  });

  it("names what must be open for a row to be seen, and what can be closed", () => {
    expect(rowsAbove(tree, 2)).toEqual([1, 0]);
    expect([...parentRows(tree)]).toEqual([0, 1]);
  });
});

describe("the time of children", () => {
  const family = treeOf([
    { id: "root", start: 0, duration: 100 },
    { id: "a", parent: 0, start: 10, duration: 20 },
    { id: "b", parent: 0, start: 20, duration: 30 },
    { id: "b1", parent: 2, start: 60, duration: 5 },
    { id: "after", parent: 0, start: 90, duration: 50 },
  ]);

  it("is that of the children only, merged and cut at the parent", () => {
    expect(coveredParts(family, 0, 0, 100)).toEqual([
      [10, 50],
      [90, 100],
    ]);
  });

  it("is cut at the part that is shown", () => {
    expect(coveredParts(family, 0, 40, 80)).toEqual([[40, 50]]);
    expect(coveredParts(family, 1, 10, 30)).toEqual([]);
  });
});

describe("shares of services", () => {
  it("add up to 100 percent of the self time, the largest first", () => {
    const shares = serviceShares(
      treeOf([
        { id: "root", start: 0, duration: 100, self: 25, service: "gateway" },
        { id: "a", parent: 0, start: 0, duration: 75, self: 75, isError: true },
      ]),
    );
    expect(shares.map((it) => [it.service, it.percent, it.spans, it.errors])).toEqual([
      ["order", 75, 1, 1],
      ["gateway", 25, 1, 0],
    ]);
  });
});
