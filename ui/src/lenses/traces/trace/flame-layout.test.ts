import { describe, expect, it } from "vitest";
import { flameLayout, flameNeighbour, rowAt, rowsInView } from "./flame-layout";
import { type FixtureSpan, fixtureTrace } from "./trace-fixture";
import { buildTree } from "./tree";

function layoutOf(spans: FixtureSpan[]) {
  const tree = buildTree(fixtureTrace(spans));
  return { tree, layout: flameLayout(tree) };
}

const NESTED: FixtureSpan[] = [
  { id: "root", start: 0, duration: 100 },
  { id: "a", parent: 0, start: 0, duration: 40 },
  { id: "a1", parent: 1, start: 10, duration: 10 },
  { id: "b", parent: 0, start: 40, duration: 50 },
];

describe("lanes of the flame view", () => {
  it("are the depths of spans that run one after another", () => {
    const { layout } = layoutOf(NESTED);
    expect([...layout.lane]).toEqual([0, 1, 2, 1]);
    expect(layout.laneCount).toBe(3);
  });

  it("keep spans apart that run at the same time", () => {
    const { layout } = layoutOf([
      { id: "root", start: 0, duration: 100 },
      { id: "a", parent: 0, start: 0, duration: 60 },
      { id: "a1", parent: 1, start: 5, duration: 10 },
      { id: "b", parent: 0, start: 10, duration: 60 },
      { id: "c", parent: 0, start: 60, duration: 10 },
    ]);
    expect([...layout.lane]).toEqual([0, 1, 2, 3, 1]);
  });

  it("never hold two spans at one time, and children are always below", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    const spans: FixtureSpan[] = [{ id: "0", start: 0, duration: 1000 }];
    for (let at = 1; at < 400; at += 1) {
      // In the order of a tree: the parent is the row before, or one above that.
      let parent = at - 1;
      while (parent > 0 && random() < 0.6) {
        parent = spans[parent]?.parent ?? 0;
      }
      const from = spans[parent]?.start ?? 0;
      spans.push({ id: String(at), parent, start: from + Math.floor(random() * 50), duration: 20 });
    }
    const { tree, layout } = layoutOf(spans);
    for (let lane = 0; lane < layout.laneCount; lane += 1) {
      const rows = [...layout.rows.subarray(layout.places[lane], layout.places[lane + 1])];
      for (const [at, row] of rows.entries()) {
        const before = rows[at - 1];
        expect(before === undefined ? 0 : tree.endNs[before]).toBeLessThanOrEqual(
          tree.startNs[row] ?? -1,
        );
        const parent = tree.parent[row] ?? -1;
        expect(parent < 0 ? -1 : layout.lane[parent]).toBeLessThan(lane);
      }
    }
  });

  it("are found quickly when 100,000 spans run at once", () => {
    const spans = Array.from({ length: 100_000 }, (_, at) => at);
    const trace = fixtureTrace([]);
    const zeros = spans.map(() => 0);
    trace.columns = {
      ...{ span_id: spans.map(String), parent: spans.map((at) => (at === 0 ? -1 : 0)) },
      ...{ depth: spans.map((at) => Math.min(at, 1)), service: zeros, name: zeros, kind: zeros },
      ...{ descendants: spans.map((at) => (at === 0 ? 99_999 : 0)), status: zeros },
      ...{ start_offset_ns: spans, duration_ns: spans.map(() => 1e6), self_ns: zeros },
      ...{ skew_ns: zeros, problem: [] },
    };
    const began = performance.now();
    expect(flameLayout(buildTree(trace)).laneCount).toBe(100_000);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

describe("boxes of the flame view", () => {
  const { tree, layout } = layoutOf(NESTED);

  it("in a part of the time are those that reach into it", () => {
    expect([...rowsInView(tree, layout, 1, 45, 60)]).toEqual([3]);
    expect([...rowsInView(tree, layout, 1, 30, 60)]).toEqual([1, 3]);
    expect([...rowsInView(tree, layout, 2, 30, 60)]).toEqual([]);
  });

  it("are found under the pointer, thin ones from near by", () => {
    expect(rowAt(tree, layout, 1, 20, 0)).toBe(1);
    expect(rowAt(tree, layout, 2, 22, 1)).toBeUndefined();
    expect(rowAt(tree, layout, 2, 22, 3)).toBe(2);
  });

  it("lead to their parents, children and neighbours", () => {
    expect(flameNeighbour(tree, layout, 2, "ArrowUp")).toBe(1);
    expect(flameNeighbour(tree, layout, 0, "ArrowUp")).toBe(0);
    expect(flameNeighbour(tree, layout, 1, "ArrowDown")).toBe(2);
    expect(flameNeighbour(tree, layout, 1, "ArrowRight")).toBe(3);
    expect(flameNeighbour(tree, layout, 3, "ArrowRight")).toBe(3);
    expect(flameNeighbour(tree, layout, 3, "ArrowLeft")).toBe(1);
  });
});
