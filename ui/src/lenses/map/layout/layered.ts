/**
 * Places the nodes in layers from the left to the right, callers before callees.
 *
 * The same graph gives the same places, in whatever order it comes. With an earlier layout, nodes
 * that it knows keep their layer and their order in it, and new ones come between them.
 */
import { Graph as DagreGraph, layout as dagreLayout } from "@dagrejs/dagre";
import { compact, type Item, link } from "./compact";
import {
  ALONE,
  compareIds,
  EDGE_GAP,
  EDGE_GAP_LABELLED,
  type Graph,
  type GraphEdge,
  LABELS_MAX,
  LAYER_GAP,
  type Layout,
  LOOP_HEIGHT,
  NODE_GAP,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Place,
  type Point,
  routeBetween,
  routeOfLoop,
} from "./geometry";
import { keptLayers } from "./kept-layers";

const LONE_COLUMNS_MIN = 3;
/** The library has a rank between two layers, where the calls pass with their labels. */
const RANKS_A_LAYER = 2;

interface DagreNode {
  width: number;
  height: number;
  x?: number;
  y?: number;
  rank?: number;
  order?: number;
}

interface DagreEdge {
  points?: Point[];
}

type Drawn = DagreGraph<object, DagreNode, DagreEdge>;

export function layoutGraph(graph: Graph, earlier?: Layout): Layout {
  const nodes = [...new Set(graph.nodes)].sort(compareIds);
  const known = new Set(nodes);
  const edges = graph.edges
    .filter(({ source, target }) => known.has(source) && known.has(target))
    .sort((a, b) => compareIds(a.id, b.id));
  const calls = edges.filter(({ source, target }) => source !== target);
  const linked = new Set(calls.flatMap(({ source, target }) => [source, target]));
  const inLayers = nodes.filter((id) => linked.has(id));
  const looping = new Set(edges.filter((it) => it.source === it.target).map((it) => it.source));
  const layout = layered({ nodes: inLayers, calls, looping }, earlier);
  addLone(
    layout,
    nodes.filter((id) => !linked.has(id)),
  );
  for (const { id, source, target } of edges) {
    const place = layout.places.get(source);
    if (source === target && place !== undefined) {
      layout.routes.set(id, routeOfLoop(place));
    }
  }
  return layout;
}

interface Parts {
  nodes: string[];
  calls: GraphEdge[];
  /** Nodes that call themselves; their loops need room. */
  looping: ReadonlySet<string>;
}

function layered(parts: Parts, earlier: Layout | undefined): Layout {
  const { nodes, calls } = parts;
  if (nodes.length === 0) {
    return { places: new Map(), routes: new Map(), width: 0, height: 0 };
  }
  const layers = keptLayers(nodes, calls, earlier);
  const drawn = drawnGraph(nodes, calls, layers);
  if (layers === undefined || earlier === undefined) {
    dagreLayout(drawn);
  } else {
    const wanted = nodes
      .filter((id) => (earlier.places.get(id)?.layer ?? ALONE) !== ALONE)
      .sort((a, b) => (earlier.places.get(a)?.y ?? 0) - (earlier.places.get(b)?.y ?? 0));
    const names = new Map(nodes.map((id, at) => [id, nameOf(at)]));
    const order = wanted.map((id) => names.get(id) ?? "");
    dagreLayout(drawn, {
      customOrder: (graph, sort) => {
        sort(graph);
        keepOrder(graph as unknown as Drawn, order);
      },
    });
  }
  return readLayout(drawn, parts);
}

/** Names without meaning: the library keeps nodes in objects, where some names are special. */
function nameOf(at: number): string {
  return `n${at}`;
}

/**
 * Without `layers` the library finds them. With them every edge has to point to a later layer, so
 * those that go back are turned, and those within a layer are left out and drawn afterwards.
 */
function drawnGraph(
  nodes: string[],
  calls: GraphEdge[],
  layers: Map<string, number> | undefined,
): Drawn {
  const graph: Drawn = new DagreGraph({ directed: true, multigraph: true });
  graph.setGraph({
    rankdir: "LR",
    nodesep: NODE_GAP,
    edgesep: EDGE_GAP,
    ranksep: LAYER_GAP,
    ranker: layers === undefined ? "network-simplex" : "none",
  });
  const names = new Map(nodes.map((id, at) => [id, nameOf(at)]));
  nodes.forEach((id, at) => {
    const rank = layers === undefined ? {} : { rank: (layers.get(id) ?? 0) * RANKS_A_LAYER };
    graph.setNode(nameOf(at), { width: NODE_WIDTH, height: NODE_HEIGHT, ...rank });
  });
  calls.forEach(({ source, target }, at) => {
    const [from, to] = [layers?.get(source) ?? 0, layers?.get(target) ?? 1];
    const ends = [names.get(source) ?? "", names.get(target) ?? ""] as const;
    const [tail, head] = layers !== undefined && from > to ? [ends[1], ends[0]] : ends;
    if (layers === undefined || from !== to) {
      graph.setEdge(tail, head, {}, `e${at}`);
    }
  });
  return graph;
}

/** Among the slots of a layer that known nodes have, they stand in their known order. */
function keepOrder(graph: Drawn, order: readonly string[]): void {
  const byLayer = new Map<number, DagreNode[]>();
  for (const name of order) {
    const node = graph.node(name);
    const layer = byLayer.get(node.rank ?? 0) ?? [];
    byLayer.set(node.rank ?? 0, [...layer, node]);
  }
  for (const layer of byLayer.values()) {
    const slots = layer.map(({ order: slot }) => slot ?? 0).sort((a, b) => a - b);
    layer.forEach((node, at) => {
      node.order = slots[at] ?? 0;
    });
  }
}

/** Places and routes; the library decided on layers and order, the heights are compacted. */
function readLayout(drawn: Drawn, { nodes, calls, looping }: Parts): Layout {
  const layers = [...new Set(drawn.nodes().map((name) => drawn.node(name).rank ?? 0))];
  layers.sort((a, b) => a - b);
  const items = new Map<string, Item>();
  nodes.forEach((id, at) => {
    const { x = 0, y = 0 } = drawn.node(nameOf(at));
    const height = NODE_HEIGHT + (looping.has(id) ? 2 * LOOP_HEIGHT : 0);
    items.set(id, { column: x, y, height, isNode: true, links: [] });
  });
  const columns = new Set([...items.values()].map(({ column }) => column));
  const edges = new Map(drawn.edges().map((edge) => [edge.name, drawn.edge(edge)]));
  const bends = calls.map(({ source, target }, at) =>
    bendsOf(items.get(source), items.get(target), columns, edges.get(`e${at}`)?.points),
  );
  const all = [...items.values(), ...bends.flat()];
  const edgeGap = calls.length > LABELS_MAX ? EDGE_GAP : EDGE_GAP_LABELLED;
  const height = compact(all, { nodes: NODE_GAP, others: edgeGap });
  const places = new Map<string, Place>();
  nodes.forEach((id, at) => {
    const { x = 0, rank = 0 } = drawn.node(nameOf(at));
    places.set(id, { x, y: items.get(id)?.y ?? 0, layer: layers.indexOf(rank) });
  });
  const routes = new Map<string, Point[]>();
  calls.forEach(({ id, source, target }, at) => {
    const [from, to] = [places.get(source), places.get(target)];
    if (from !== undefined && to !== undefined) {
      const between = bends[at]?.map(({ column, y }) => ({ x: column, y }));
      routes.set(id, routeBetween(from, to, between));
    }
  });
  const { width = 0 } = drawn.graph() as { width?: number };
  return { places, routes, width, height };
}

/** Where a call passes the layers between its ends, linked with each other and with both. */
function bendsOf(
  from: Item | undefined,
  to: Item | undefined,
  columns: ReadonlySet<number>,
  points: Point[] = [],
): Item[] {
  if (from === undefined || to === undefined) {
    return [];
  }
  // The first and the last point are on the outlines of the nodes, others between two layers.
  const inner = points
    .slice(1, -1)
    .filter(({ x }) => columns.has(x))
    .map(({ x, y }): Item => ({ column: x, y, height: 0, isNode: false, links: [] }));
  // A call that was turned for the layout still begins at its caller.
  const isForward = from.column < to.column;
  const pointsForward = (inner[0]?.column ?? 0) <= (inner.at(-1)?.column ?? 0);
  const bends = isForward === pointsForward ? inner : inner.reverse();
  [from, ...bends].forEach((item, at) => {
    const next = bends[at] ?? to;
    link(item, next);
  });
  return bends;
}

/** Nodes that call nobody and that nobody calls stand in rows below the others. */
function addLone(layout: Layout, lone: readonly string[]): void {
  if (lone.length === 0) {
    return;
  }
  const [stepX, stepY] = [NODE_WIDTH + NODE_GAP, NODE_HEIGHT + NODE_GAP];
  const columns = Math.max(
    LONE_COLUMNS_MIN,
    Math.floor((layout.width + NODE_GAP) / stepX),
    Math.ceil(Math.sqrt(lone.length / 2)),
  );
  const top = layout.height === 0 ? 0 : layout.height + NODE_GAP * 2;
  lone.forEach((id, at) => {
    layout.places.set(id, {
      x: NODE_WIDTH / 2 + (at % columns) * stepX,
      y: top + NODE_HEIGHT / 2 + Math.floor(at / columns) * stepY,
      layer: ALONE,
    });
  });
  layout.width = Math.max(layout.width, Math.min(lone.length, columns) * stepX - NODE_GAP);
  layout.height = top + Math.ceil(lone.length / columns) * stepY - NODE_GAP;
}
