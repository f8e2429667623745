/** Layers of nodes after a small change: known nodes keep theirs, new ones are fitted in. */
import { ALONE, type GraphEdge, type Layout } from "./geometry";

/** With fewer known nodes than this share it is another map, and is laid out anew. */
const KNOWN_SHARE_MIN = 0.5;

/** From 0 without gaps; undefined when there is nothing to keep. */
export function keptLayers(
  nodes: readonly string[],
  calls: readonly GraphEdge[],
  earlier: Layout | undefined,
): Map<string, number> | undefined {
  const layers = new Map<string, number>();
  for (const id of nodes) {
    const place = earlier?.places.get(id);
    if (place !== undefined && place.layer !== ALONE) {
      layers.set(id, place.layer);
    }
  }
  if (layers.size === 0 || layers.size < nodes.length * KNOWN_SHARE_MIN) {
    return undefined;
  }
  addNew(nodes, calls, layers);
  return withoutGaps(layers);
}

/** A new node comes after those who call it, or else before those whom it calls. */
function addNew(
  nodes: readonly string[],
  calls: readonly GraphEdge[],
  layers: Map<string, number>,
): void {
  let missing = nodes.filter((id) => !layers.has(id));
  while (missing.length > 0) {
    const found = missing
      .map((id) => [id, layerBeside(id, calls, layers)] as const)
      .filter((entry): entry is readonly [string, number] => entry[1] !== undefined);
    const [first = ""] = missing;
    // Nobody of a group of new nodes is beside a known one: the first of them begins at the left.
    for (const [id, layer] of found.length > 0 ? found : [[first, 0] as const]) {
      layers.set(id, layer);
    }
    missing = missing.filter((id) => !layers.has(id));
  }
}

function layerBeside(
  id: string,
  calls: readonly GraphEdge[],
  layers: ReadonlyMap<string, number>,
): number | undefined {
  const known = (ids: string[]) => ids.map((it) => layers.get(it)).filter((it) => it !== undefined);
  const callers = known(calls.filter((it) => it.target === id).map((it) => it.source));
  const callees = known(calls.filter((it) => it.source === id).map((it) => it.target));
  if (callers.length > 0) {
    return Math.max(...callers) + 1;
  }
  return callees.length > 0 ? Math.min(...callees) - 1 : undefined;
}

function withoutGaps(layers: ReadonlyMap<string, number>): Map<string, number> {
  const used = [...new Set(layers.values())].sort((a, b) => a - b);
  return new Map([...layers].map(([id, layer]) => [id, used.indexOf(layer)]));
}
