/**
 * Where spans are in the flame view: across by time, down by depth. What runs at the same time as a
 * sibling goes to the next free lane, so that no box covers another.
 */
import type { TraceTree } from "./tree";

export interface FlameLayout {
  /** Lane of each row of the tree. */
  lane: Int32Array;
  laneCount: number;
  /** `rows.subarray(places[lane], places[lane + 1])` are the rows of a lane in the order of time. */
  rows: Int32Array;
  places: Int32Array;
}

/** For each lane when it is free again; finds the first one at or after a lane that is free. */
class Lanes {
  private readonly freeAt: Float64Array;
  private readonly size: number;

  constructor(count: number) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
    this.freeAt = new Float64Array(2 * this.size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Climbs from the lane until a part to its right has a free one, then goes down to it. */
  first(from: number, ns: number): number {
    let node = from + this.size;
    if ((this.freeAt[node] ?? 0) <= ns) {
      return from;
    }
    for (; node > 1; node >>= 1) {
      if (node % 2 === 0 && (this.freeAt[node + 1] ?? 0) <= ns) {
        return this.leftmost(node + 1, ns);
      }
    }
    return this.size - 1;
  }

  take(lane: number, untilNs: number): void {
    let node = lane + this.size;
    this.freeAt[node] = untilNs;
    for (node >>= 1; node >= 1; node >>= 1) {
      const [left, right] = [this.freeAt[2 * node] ?? 0, this.freeAt[2 * node + 1] ?? 0];
      this.freeAt[node] = Math.min(left, right);
    }
  }

  private leftmost(from: number, ns: number): number {
    let node = from;
    while (node < this.size) {
      node = (this.freeAt[2 * node] ?? 0) <= ns ? 2 * node : 2 * node + 1;
    }
    return node - this.size;
  }
}

/** Parents before children, and both in the order of their starts. */
function inOrderOfTime(tree: TraceTree): Int32Array {
  const order = Int32Array.from({ length: tree.count }, (_, row) => row);
  return order.sort((a, b) => (tree.startNs[a] ?? 0) - (tree.startNs[b] ?? 0) || a - b);
}

export function flameLayout(tree: TraceTree): FlameLayout {
  const lane = new Int32Array(tree.count);
  const lanes = new Lanes(tree.count);
  const order = inOrderOfTime(tree);
  let laneCount = 0;
  for (const row of order) {
    const parent = tree.parent[row] ?? -1;
    const from = parent < 0 ? 0 : (lane[parent] ?? 0) + 1;
    const found = lanes.first(Math.min(from, tree.count - 1), tree.startNs[row] ?? 0);
    lane[row] = found;
    // A span without a length still has a box.
    lanes.take(found, Math.max(tree.endNs[row] ?? 0, (tree.startNs[row] ?? 0) + 1));
    laneCount = Math.max(laneCount, found + 1);
  }
  return { lane, laneCount, ...rowsOfLanes(lane, laneCount, order) };
}

function rowsOfLanes(lane: Int32Array, laneCount: number, order: Int32Array) {
  const places = new Int32Array(laneCount + 1);
  for (const it of lane) {
    places[it + 1] = (places[it + 1] ?? 0) + 1;
  }
  for (let at = 0; at < laneCount; at += 1) {
    places[at + 1] = (places[at + 1] ?? 0) + (places[at] ?? 0);
  }
  const next = places.slice();
  const rows = new Int32Array(lane.length);
  for (const row of order) {
    const at = next[lane[row] ?? 0] ?? 0;
    next[lane[row] ?? 0] = at + 1;
    rows[at] = row;
  }
  return { rows, places };
}

/** The first place in the lane whose span ends after `ns`. */
function firstEndingAfter(tree: TraceTree, layout: FlameLayout, lane: number, ns: number): number {
  let [low, high] = [layout.places[lane] ?? 0, layout.places[lane + 1] ?? 0];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tree.endNs[layout.rows[middle] ?? 0] ?? 0) < ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The rows of a lane that are at least partly in the time, in its order. */
export function* rowsInView(
  tree: TraceTree,
  layout: FlameLayout,
  lane: number,
  fromNs: number,
  toNs: number,
): Generator<number> {
  const end = layout.places[lane + 1] ?? 0;
  for (let at = firstEndingAfter(tree, layout, lane, fromNs); at < end; at += 1) {
    const row = layout.rows[at] ?? 0;
    if ((tree.startNs[row] ?? 0) > toNs) {
      return;
    }
    yield row;
  }
}

/** The row whose box is at a time, or that begins or ends nearest to it within `slackNs`. */
export function rowAt(
  tree: TraceTree,
  layout: FlameLayout,
  lane: number,
  ns: number,
  slackNs: number,
): number | undefined {
  let best: number | undefined;
  let least = slackNs;
  for (const row of rowsInView(tree, layout, lane, ns - slackNs, ns + slackNs)) {
    const away = Math.max((tree.startNs[row] ?? 0) - ns, ns - (tree.endNs[row] ?? 0), 0);
    if (away <= least) {
      [best, least] = [row, away];
    }
  }
  return best;
}

export type FlameMove = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The neighbour of a box: its parent, its first child, the one before or after in its lane. */
export function flameNeighbour(
  tree: TraceTree,
  layout: FlameLayout,
  row: number,
  move: FlameMove,
): number {
  if (move === "ArrowUp") {
    const parent = tree.parent[row] ?? -1;
    return parent < 0 ? row : parent;
  }
  if (move === "ArrowDown") {
    return (tree.childCount[row] ?? 0) > 0 ? row + 1 : row;
  }
  const lane = layout.lane[row] ?? 0;
  const [first, end] = [layout.places[lane] ?? 0, layout.places[lane + 1] ?? 0];
  const at = layout.rows.subarray(first, end).indexOf(row) + (move === "ArrowLeft" ? -1 : 1);
  return at < 0 || first + at >= end ? row : (layout.rows[first + at] ?? row);
}
