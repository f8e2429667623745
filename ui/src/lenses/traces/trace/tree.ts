/**
 * The spans of a trace as typed columns in the order in which they are shown: a row is a place in
 * every one of them. A worker makes them, and they reach the page without a copy; 100,000 objects
 * would stop it. Nothing here recurses: traces can be that deep.
 */
import type { Trace } from "../traces-api";

export const KINDS = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
] as const;
export type Kind = (typeof KINDS)[number];

export const SPAN_PROBLEMS = [
  "missing_parent",
  "cycle",
  "duplicate_id",
  "negative_duration",
] as const;
export type SpanProblem = (typeof SPAN_PROBLEMS)[number];

const STATUS_ERROR = 2;

/** `place[row]`…`place[row + 1]` are the items of a row in the other columns. */
interface Lists {
  place: Int32Array;
}

export interface CriticalPath extends Lists {
  fromNs: Float64Array;
  toNs: Float64Array;
}

export interface EventTicks extends Lists {
  /** After the start of the trace, moved with its span. */
  ns: Float64Array;
  name: Int32Array;
  names: string[];
}

export interface TraceTree {
  count: number;
  spanIds: string[];
  services: string[];
  service: Int32Array;
  names: string[];
  name: Int32Array;
  /** Place in `KINDS`. */
  kind: Uint8Array;
  isError: Uint8Array;
  /** Place in `SPAN_PROBLEMS` and one; 0 for none. */
  problem: Uint8Array;
  depth: Int32Array;
  /** Row of the parent; -1 for a root. */
  parent: Int32Array;
  childCount: Int32Array;
  /** The row after the last one of the subtree. */
  end: Int32Array;
  /** When it is drawn: as recorded, corrected by `skewNs`. */
  startNs: Float64Array;
  endNs: Float64Array;
  /** Time in which no child ran. */
  selfNs: Float64Array;
  skewNs: Float64Array;
  /** Failed spans under this row. */
  errorsBelow: Int32Array;
  critical: CriticalPath;
  /** Of whole traces only. */
  events: EventTicks;
  fromNs: number;
  toNs: number;
}

/** One row as an object, made when it is looked at. */
export interface TreeRow {
  index: number;
  spanId: string;
  service: string;
  name: string;
  kind: Kind;
  depth: number;
  parent: number;
  childCount: number;
  startNs: number;
  endNs: number;
  selfNs: number;
  /** The whole correction of its clock. */
  skewNs: number;
  /** What this span adds to the correction of its parent. */
  ownSkewNs: number;
  errorsBelow: number;
  isError: boolean;
  problem: SpanProblem | null;
}

export function buildTree(trace: Trace): TraceTree {
  const { columns, services, names } = trace;
  const count = columns.span_id.length;
  const startNs = Float64Array.from(columns.start_offset_ns);
  const tree: TraceTree = {
    count,
    spanIds: columns.span_id,
    services,
    service: Int32Array.from(columns.service),
    names,
    name: Int32Array.from(columns.name),
    kind: Uint8Array.from(columns.kind),
    isError: Uint8Array.from(columns.status, (it) => Number(it === STATUS_ERROR)),
    problem: Uint8Array.from(columns.problem, (it) => 1 + SPAN_PROBLEMS.indexOf(it as SpanProblem)),
    depth: Int32Array.from(columns.depth),
    parent: Int32Array.from(columns.parent),
    childCount: new Int32Array(count),
    end: Int32Array.from(columns.descendants, (below, row) => row + 1 + below),
    startNs,
    endNs: startNs.map((start, row) => start + (columns.duration_ns[row] ?? 0)),
    selfNs: Float64Array.from(columns.self_ns),
    skewNs: Float64Array.from(columns.skew_ns),
    errorsBelow: new Int32Array(count),
    critical: criticalOf(trace.critical_path, count),
    events: eventsOf(trace, startNs),
    fromNs: 0,
    toNs: 1,
  };
  sumUp(tree);
  return tree;
}

/** Children and errors of each row, and the time of all, from the last row to the first. */
function sumUp(tree: TraceTree): void {
  const { parent, errorsBelow, childCount, isError, startNs, endNs } = tree;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = tree.count - 1; row >= 0; row -= 1) {
    from = Math.min(from, startNs[row] ?? 0);
    to = Math.max(to, endNs[row] ?? 0);
    const above = parent[row] ?? -1;
    if (above >= 0) {
      childCount[above] = (childCount[above] ?? 0) + 1;
      const errors = (errorsBelow[row] ?? 0) + (isError[row] ?? 0);
      errorsBelow[above] = (errorsBelow[above] ?? 0) + errors;
    }
  }
  if (tree.count > 0) {
    tree.fromNs = from;
    tree.toNs = Math.max(to, from + 1);
  }
}

/** Where the list of each row begins, when `rows` says which row each item belongs to. */
function places(rows: ArrayLike<number>, count: number): Int32Array {
  const place = new Int32Array(count + 1);
  for (let at = 0; at < rows.length; at += 1) {
    const after = (rows[at] ?? 0) + 1;
    place[after] = (place[after] ?? 0) + 1;
  }
  for (let row = 0; row < count; row += 1) {
    place[row + 1] = (place[row + 1] ?? 0) + (place[row] ?? 0);
  }
  return place;
}

/** The path in the order of rows rather than of time. */
function criticalOf(path: Trace["critical_path"], count: number): CriticalPath {
  const place = places(path.span, count);
  const next = place.slice();
  const fromNs = new Float64Array(path.span.length);
  const toNs = new Float64Array(path.span.length);
  path.span.forEach((row, at) => {
    const to = next[row] ?? 0;
    next[row] = to + 1;
    fromNs[to] = path.from_ns[at] ?? 0;
    toNs[to] = path.to_ns[at] ?? 0;
  });
  return { place, fromNs, toNs };
}

function eventsOf({ details }: Trace, startNs: Float64Array): EventTicks {
  const names = new Map<string, number>();
  const [rows, ns, name]: [number[], number[], number[]] = [[], [], []];
  details.forEach(({ events }, row) => {
    for (const event of events) {
      rows.push(row);
      ns.push((startNs[row] ?? 0) + event.offset_ns);
      name.push(names.get(event.name) ?? names.size);
      names.set(event.name, name.at(-1) ?? 0);
    }
  });
  return {
    place: places(rows, startNs.length),
    ns: Float64Array.from(ns),
    name: Int32Array.from(name),
    names: [...names.keys()],
  };
}

export function rowOf(tree: TraceTree, index: number): TreeRow | undefined {
  if (index < 0 || index >= tree.count) {
    return undefined;
  }
  const parent = tree.parent[index] ?? -1;
  const skewNs = tree.skewNs[index] ?? 0;
  return {
    index,
    spanId: tree.spanIds[index] ?? "",
    service: serviceOf(tree, index),
    name: nameOf(tree, index),
    kind: KINDS[tree.kind[index] ?? 0] ?? "unspecified",
    depth: tree.depth[index] ?? 0,
    parent,
    childCount: tree.childCount[index] ?? 0,
    startNs: tree.startNs[index] ?? 0,
    endNs: tree.endNs[index] ?? 0,
    selfNs: tree.selfNs[index] ?? 0,
    skewNs,
    ownSkewNs: skewNs - (tree.skewNs[parent] ?? 0),
    errorsBelow: tree.errorsBelow[index] ?? 0,
    isError: tree.isError[index] === 1,
    problem: SPAN_PROBLEMS[(tree.problem[index] ?? 0) - 1] ?? null,
  };
}

export function serviceOf(tree: TraceTree, row: number): string {
  return tree.services[tree.service[row] ?? -1] ?? "";
}

export function nameOf(tree: TraceTree, row: number): string {
  return tree.names[tree.name[row] ?? -1] ?? "";
}

/** Nanoseconds after the start of the trace, as the host of the span recorded them. */
export function recordedNs(tree: TraceTree, row: number): number {
  return (tree.startNs[row] ?? 0) - (tree.skewNs[row] ?? 0);
}

/** The parts of the row that the trace could not have ended sooner without. */
export function criticalParts(tree: TraceTree, row: number): [fromNs: number, toNs: number][] {
  const { place, fromNs, toNs } = tree.critical;
  const parts: [number, number][] = [];
  for (let at = place[row] ?? 0; at < (place[row + 1] ?? 0); at += 1) {
    parts.push([fromNs[at] ?? 0, toNs[at] ?? 0]);
  }
  return parts;
}

export function isCritical(tree: TraceTree, row: number): boolean {
  return (tree.critical.place[row + 1] ?? 0) > (tree.critical.place[row] ?? 0);
}

/** The row of a span; with `recorded` of the one among several of the same id that began then. */
export function rowOfSpan(
  tree: TraceTree,
  spanId: string | undefined,
  recorded?: number,
): number | undefined {
  if (spanId === undefined) {
    return undefined;
  }
  const first = tree.spanIds.indexOf(spanId);
  for (let row = first; recorded !== undefined && row >= 0; ) {
    if (recordedNs(tree, row) === recorded) {
      return row;
    }
    row = tree.spanIds.indexOf(spanId, row + 1);
  }
  return first < 0 ? undefined : first;
}

/** The rows that are shown when the subtrees of `collapsed` are hidden. */
export function visibleRows(tree: TraceTree, collapsed: ReadonlySet<number>): Int32Array {
  const visible = new Int32Array(tree.count);
  let shown = 0;
  for (let row = 0; row < tree.count; shown += 1) {
    visible[shown] = row;
    row = collapsed.has(row) ? (tree.end[row] ?? tree.count) : row + 1;
  }
  return visible.subarray(0, shown);
}

/** The rows above `row`, which must be open for it to be seen; the nearest first. */
export function rowsAbove(tree: TraceTree, row: number): number[] {
  const above: number[] = [];
  for (let it = tree.parent[row] ?? -1; it >= 0; it = tree.parent[it] ?? -1) {
    above.push(it);
  }
  return above;
}

/** Rows that have others under them. */
export function parentRows(tree: TraceTree): Set<number> {
  const rows = new Set<number>();
  for (let row = 0; row < tree.count; row += 1) {
    if ((tree.childCount[row] ?? 0) > 0) {
      rows.add(row);
    }
  }
  return rows;
}

/** Parts of a bar that are told apart; more would not be seen. */
const BAR_PARTS = 400;

/** Merged intervals of `fromNs`…`toNs` in which a child of the row ran, to 1/400 of it. */
export function coveredParts(
  tree: TraceTree,
  row: number,
  fromNs: number,
  toNs: number,
): [fromNs: number, toNs: number][] {
  const length = toNs - fromNs;
  const end = tree.end[row] ?? 0;
  if (!(length > 0) || end <= row + 1) {
    return [];
  }
  // How many more children run from a part on: the time of children is no longer than theirs.
  const changes = new Int32Array(BAR_PARTS + 1);
  const part = (ns: number) =>
    Math.round((BAR_PARTS * (Math.max(fromNs, Math.min(toNs, ns)) - fromNs)) / length);
  for (let child = row + 1; child < end; child = tree.end[child] ?? end) {
    const [first, last] = [part(tree.startNs[child] ?? 0), part(tree.endNs[child] ?? 0)];
    changes[first] = (changes[first] ?? 0) + 1;
    changes[last] = (changes[last] ?? 0) - 1;
  }
  const covered: [number, number][] = [];
  const nsOf = (place: number) => fromNs + (place * length) / BAR_PARTS;
  let [running, since] = [0, 0];
  for (let at = 0; at <= BAR_PARTS; at += 1) {
    const before = running;
    running += changes[at] ?? 0;
    if (before === 0 && running > 0) {
      since = at;
    } else if (before > 0 && running === 0) {
      covered.push([nsOf(since), nsOf(at)]);
    }
  }
  return covered;
}
