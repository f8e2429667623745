/** The same map is drawn the same way, and a small change stays small. */
import { describe, expect, test } from "vitest";
import { ALONE, ARROW_LENGTH, type Graph, type Layout, NODE_HEIGHT, NODE_WIDTH } from "./geometry";
import { layoutGraph } from "./layered";

function graphOf(calls: string, lone: string[] = []): Graph {
  const edges = calls.split(" ").map((text) => {
    const [source = "", target = ""] = text.split(">");
    return { id: `${source}→${target}`, source, target };
  });
  const linked = edges.flatMap(({ source, target }) => [source, target]);
  return { nodes: [...new Set([...linked, ...lone])], edges };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Mostly from one tier to the next, with some calls back. */
function largeGraph(nodes: number, calls: number, seed: number): Graph {
  const next = random(seed);
  const tierOf = (at: number) => at % 6;
  const found = new Set<string>();
  while (found.size < calls) {
    const [a, b] = [Math.floor(next() * nodes), Math.floor(next() * nodes)];
    if (a !== b && (tierOf(a) + 1 === tierOf(b) || next() < 0.02)) {
      found.add(`s${a}>s${b}`);
    }
  }
  return graphOf([...found].join(" "));
}

/** The nodes of each layer from top to bottom, only those of `among`. */
function orders(layout: Layout, among: Iterable<string> = layout.places.keys()): string[][] {
  const wanted = new Set(among);
  const layers: string[][] = [];
  const sorted = [...layout.places].sort(([, a], [, b]) => a.y - b.y);
  for (const [id, { layer }] of sorted) {
    if (wanted.has(id) && layer !== ALONE) {
      layers[layer] = [...(layers[layer] ?? []), id];
    }
  }
  return layers;
}

const SHOP = graphOf(
  "web>gateway gateway>order gateway>cart gateway>catalog cart>redis catalog>postgres " +
    "order>postgres order>payment payment>bank order>mail-queue mail-queue>mailer mailer>smtp",
);

test("callers are left of callees, and no two nodes overlap", () => {
  const { places } = layoutGraph(SHOP);
  for (const { source, target } of SHOP.edges) {
    expect(places.get(source)?.x).toBeLessThan(places.get(target)?.x ?? 0);
  }
  const all = [...places.values()];
  for (const [at, a] of all.entries()) {
    for (const b of all.slice(at + 1)) {
      const apart = Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT;
      expect(apart).toBe(true);
    }
  }
});

test("the same graph has the same places and routes, in whatever order it comes", () => {
  const large = largeGraph(60, 140, 7);
  for (const graph of [SHOP, large]) {
    const turned = { nodes: [...graph.nodes].reverse(), edges: [...graph.edges].reverse() };
    expect(layoutGraph(turned)).toEqual(layoutGraph(graph));
  }
});

test("a new node leaves the layers and the order of the others as they are", () => {
  const before = layoutGraph(SHOP);
  for (const calls of ["aaa>web", "order>zzz", "zzz>bank", "aaa>redis", "gateway>aaa aaa>bank"]) {
    const graph = graphOf(calls);
    const after = layoutGraph(
      {
        nodes: [...SHOP.nodes, ...graph.nodes.filter((id) => !SHOP.nodes.includes(id))],
        edges: [...SHOP.edges, ...graph.edges],
      },
      before,
    );
    expect(orders(after, SHOP.nodes).filter((layer) => layer?.length > 0)).toEqual(orders(before));
    expect(after.places.size).toBe(SHOP.nodes.length + 1);
  }
});

test("a large map keeps its order when nodes come, with calls of their own, and go", () => {
  const graph = largeGraph(60, 140, 11);
  const before = layoutGraph(graph);
  const gone = new Set(graph.nodes.slice(0, 8));
  const kept = graph.nodes.filter((id) => !gone.has(id));
  const changed = {
    nodes: [...kept, "new-1", "new-2"],
    edges: [
      ...graph.edges.filter((it) => !gone.has(it.source) && !gone.has(it.target)),
      ...graphOf(`${kept[3]}>new-1 new-1>${kept[20]} new-2>${kept[5]} ${kept[40]}>new-2`).edges,
    ],
  };
  const after = layoutGraph(changed, before);
  const linked = new Set(changed.edges.flatMap(({ source, target }) => [source, target]));
  const stay = kept.filter((id) => linked.has(id));
  const present = (layers: string[][]) => layers.filter((layer) => layer.length > 0);
  expect(present(orders(after, stay))).toEqual(present(orders(before, stay)));
});

test("another map is laid out anew", () => {
  const before = layoutGraph(SHOP);
  const other = graphOf("bank>order order>x x>y y>z");
  expect(layoutGraph(other, before)).toEqual(layoutGraph(other));
});

test("cycles, calls to itself and calls both ways have routes between their nodes", () => {
  const graph = graphOf("a>b b>c c>a b>a a>a");
  const { places, routes } = layoutGraph(graph);
  expect(places.size).toBe(3);
  for (const { id, source, target } of graph.edges) {
    const route = routes.get(id) ?? [];
    const [from, to] = [places.get(source), places.get(target)];
    expect(route.length).toBeGreaterThanOrEqual(2);
    expect(Math.abs((route[0]?.x ?? 0) - (from?.x ?? 0))).toBeLessThanOrEqual(NODE_WIDTH / 2);
    expect(Math.abs((route.at(-1)?.x ?? 0) - (to?.x ?? 0))).toBeLessThanOrEqual(
      NODE_WIDTH / 2 + ARROW_LENGTH,
    );
  }
});

test("a call that goes back in a kept layout runs from its caller to its callee", () => {
  const chain = graphOf("a>b b>c c>d");
  const before = layoutGraph(chain);
  const graph = graphOf("a>b b>c c>d d>a");
  const { places, routes } = layoutGraph(graph, before);
  expect([...places].map(([id, { layer }]) => `${id}${layer}`)).toEqual(["a0", "b1", "c2", "d3"]);
  const xs = (routes.get("d→a") ?? []).map(({ x }) => x);
  expect(xs.length).toBeGreaterThan(2);
  expect(xs).toEqual([...xs].sort((a, b) => b - a));
});

describe("nodes without calls", () => {
  test("stand below the others", () => {
    const layout = layoutGraph(graphOf("a>b b>c", ["lone-1", "lone-2"]));
    const lowest = Math.max(...["a", "b", "c"].map((id) => layout.places.get(id)?.y ?? 0));
    expect(layout.places.get("lone-1")?.y).toBeGreaterThan(lowest + NODE_HEIGHT);
    expect(layout.places.get("lone-2")?.x).toBeGreaterThan(layout.places.get("lone-1")?.x ?? 0);
  });

  test("are all there is, or nothing is", () => {
    expect(layoutGraph({ nodes: ["b", "a"], edges: [] }).places.get("a")?.x).toBe(NODE_WIDTH / 2);
    expect(layoutGraph({ nodes: [], edges: [] })).toMatchObject({ width: 0, height: 0 });
  });

  test("are fitted in when they begin to call", () => {
    const before = layoutGraph(graphOf("a>b b>c", ["lone"]));
    const after = layoutGraph(graphOf("a>b b>c b>lone"), before);
    expect(after.places.get("lone")?.layer).toBe(2);
  });
});

test("names that objects treat specially are names like others", () => {
  const { places, routes } = layoutGraph(graphOf("__proto__>constructor constructor>7 7>toString"));
  expect([...places.keys()].sort()).toEqual(["7", "__proto__", "constructor", "toString"]);
  expect(routes.get("__proto__→constructor")).toHaveLength(2);
});
