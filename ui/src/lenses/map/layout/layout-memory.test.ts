/** What has a place keeps it. */
import { expect, test, vi } from "vitest";
import type { Graph } from "./geometry";
import { layoutGraph } from "./layered";
import { LayoutMemory, shapeOf } from "./layout-memory";

function chain(ids: string): Graph {
  const nodes = [...ids];
  const edges = nodes.slice(1).map((target, at) => {
    const source = nodes[at] ?? "";
    return { id: `${source}→${target}`, source, target };
  });
  return { nodes, edges };
}

function started() {
  const layOut = vi.fn(async (...asked: Parameters<typeof layoutGraph>) => layoutGraph(...asked));
  return { layOut, memory: new LayoutMemory(layOut) };
}

test("the same nodes with other calls stay where they are, and nothing is laid out", async () => {
  const { layOut, memory } = started();
  const graph = chain("abcdef");
  const first = await memory.arrange("all", graph, graph);
  const other = { nodes: graph.nodes, edges: chain("acbfed").edges };
  expect(await memory.arrange("all", other, other)).toBe(first);
  expect(layOut).toHaveBeenCalledTimes(1);
});

test("a node that is gone for a while comes back to its place", async () => {
  const { memory } = started();
  const graph = chain("abcdef");
  const first = await memory.arrange("all", graph, graph);
  const less = chain("abcde");
  expect(await memory.arrange("all", less, less)).toBe(first);
  expect(await memory.arrange("all", graph, graph)).toBe(first);
});

test("a new node leaves the others in their layers", async () => {
  const { memory } = started();
  const graph = chain("abcdef");
  const first = await memory.arrange("all", graph, graph);
  const edge = { id: "c→new", source: "c", target: "new" };
  const more = { nodes: [...graph.nodes, "new"], edges: [...graph.edges, edge] };
  const second = await memory.arrange("all", more, more);
  for (const id of graph.nodes) {
    expect(second.places.get(id)?.layer).toBe(first.places.get(id)?.layer);
  }
  expect(second.places.get("new")?.layer).toBe(3);
});

test("a filter closes the gaps, and the whole map comes back as it was", async () => {
  const { memory } = started();
  const graph = chain("abcdef");
  const first = await memory.arrange("all", graph, graph);
  const part = await memory.arrange("all", graph, { nodes: ["b", "e"], edges: [] });
  expect([...part.places.keys()]).toEqual(["b", "e"]);
  expect(await memory.arrange("all", graph, graph)).toBe(first);
});

test("each neighbourhood has places of its own, and can be laid out anew", async () => {
  const { layOut, memory } = started();
  const graph = chain("abc");
  const first = await memory.arrange("all", graph, graph);
  expect(await memory.arrange("around b", graph, graph)).not.toBe(first);
  memory.forget("all");
  expect(await memory.arrange("all", graph, graph)).not.toBe(first);
  expect(layOut).toHaveBeenCalledTimes(3);
});

test("the shape of a graph does not depend on the order of its parts", () => {
  const { nodes, edges } = chain("abc");
  const turned = { nodes: [...nodes].reverse(), edges: [...edges].reverse() };
  expect(shapeOf(turned)).toBe(shapeOf({ nodes, edges }));
  expect(shapeOf(chain("abd"))).not.toBe(shapeOf({ nodes, edges }));
});
