/**
 * The tree of a trace as a flat list in the order it is shown. A row knows where its subtree ends,
 * so hiding a subtree is a jump. Nothing here recurses: traces can be ten thousand spans deep.
 */
import type { Schemas } from "@/api/client";

export type Span = Schemas["Span"];

export interface TreeRow {
  /** `missing` stands for parents that were not stored; it has no span of its own. */
  kind: "span" | "missing";
  key: string;
  span: Span | null;
  /** For `missing`: the span id that children name as their parent. */
  missingParentId: string;
  depth: number;
  /** Index of the parent row; -1 for a root. */
  parent: number;
  childCount: number;
  /** Index after the last row of the subtree. */
  end: number;
  /** When it is drawn: the sender's time, moved right when it began before its parent. */
  startNs: number;
  endNs: number;
  /** How far the bar was moved because the clocks of two hosts differ. */
  shiftNs: number;
  /** The part of `shiftNs` that this span adds to what its parent was moved. */
  skewNs: number;
  /** Time in which no child ran. */
  selfNs: number;
  /** Merged intervals in which children ran. */
  covered: [number, number][];
  /** Spans with status error under this row. */
  errorsBelow: number;
  /** The parents of the spans form a circle; this row is where it was cut. */
  isCycle: boolean;
}

export interface TraceTree {
  rows: TreeRow[];
  /** Row index by span id; the first span when an id occurs twice. */
  indexById: Map<string, number>;
  startNs: number;
  endNs: number;
}

interface Start {
  kind: TreeRow["kind"];
  span: number;
  missingParentId: string;
  startNs: number;
  isCycle: boolean;
}

export function buildTree(spans: readonly Span[]): TraceTree {
  const firstById = new Map<string, number>();
  spans.forEach((span, index) => {
    if (!firstById.has(span.span_id)) {
      firstById.set(span.span_id, index);
    }
  });
  const { starts, childrenOf, orphansOf } = connect(spans, firstById);
  const rows: TreeRow[] = [];
  const isPlaced = new Uint8Array(spans.length);
  starts.sort((a, b) => a.startNs - b.startNs);
  for (const start of starts) {
    place(start, spans, childrenOf, orphansOf, isPlaced, rows);
  }
  // What no root leads to is a circle; it is cut at its earliest span.
  const left = spans.map((_, index) => index).filter((index) => isPlaced[index] === 0);
  left.sort((a, b) => startOf(spans[a]) - startOf(spans[b]));
  for (const index of left) {
    if (isPlaced[index] === 0) {
      const start = { ...rootAt(spans, index), isCycle: true };
      place(start, spans, childrenOf, orphansOf, isPlaced, rows);
    }
  }
  moveSkewed(rows);
  measure(rows);
  const indexById = new Map<string, number>();
  rows.forEach((row, index) => {
    if (row.span !== null && !indexById.has(row.span.span_id)) {
      indexById.set(row.span.span_id, index);
    }
  });
  const [startNs, endNs] = bounds(rows);
  return { rows, indexById, startNs, endNs };
}

function startOf(span: Span | undefined): number {
  return span?.start_offset_ns ?? 0;
}

function rootAt(spans: readonly Span[], index: number): Start {
  const startNs = startOf(spans[index]);
  return { kind: "span", span: index, missingParentId: "", startNs, isCycle: false };
}

function connect(spans: readonly Span[], firstById: Map<string, number>) {
  const starts: Start[] = [];
  const childrenOf = new Map<number, number[]>();
  const orphansOf = new Map<string, number[]>();
  spans.forEach((span, index) => {
    const parentId = span.parent_span_id ?? "";
    const parent = firstById.get(parentId);
    if (parentId === "") {
      starts.push(rootAt(spans, index));
    } else if (parent === undefined) {
      add(orphansOf, parentId, index);
    } else {
      add(childrenOf, parent, index);
    }
  });
  const byStart = (a: number, b: number) => startOf(spans[a]) - startOf(spans[b]);
  for (const children of [...childrenOf.values(), ...orphansOf.values()]) {
    children.sort(byStart);
  }
  for (const [missingParentId, children] of orphansOf) {
    const startNs = startOf(spans[children[0] ?? 0]);
    starts.push({ kind: "missing", span: -1, missingParentId, startNs, isCycle: false });
  }
  return { starts, childrenOf, orphansOf };
}

function add<Key>(lists: Map<Key, number[]>, key: Key, value: number): void {
  const list = lists.get(key);
  if (list === undefined) {
    lists.set(key, [value]);
  } else {
    list.push(value);
  }
}

interface Waiting {
  span: number;
  parent: number;
  depth: number;
}

/** Appends the subtree of `start`, parents before children. */
function place(
  start: Start,
  spans: readonly Span[],
  childrenOf: Map<number, number[]>,
  orphansOf: Map<string, number[]>,
  isPlaced: Uint8Array,
  rows: TreeRow[],
): void {
  const stack: Waiting[] = [];
  const push = (children: readonly number[], parent: number, depth: number) => {
    for (let at = children.length - 1; at >= 0; at -= 1) {
      stack.push({ span: children[at] ?? 0, parent, depth });
    }
  };
  if (start.kind === "missing") {
    const orphans = orphansOf.get(start.missingParentId) ?? [];
    rows.push(missingRow(start));
    push(orphans, rows.length - 1, 1);
  } else {
    stack.push({ span: start.span, parent: -1, depth: 0 });
  }
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const span = spans[next.span];
    if (span === undefined || isPlaced[next.span] === 1) {
      continue;
    }
    isPlaced[next.span] = 1;
    const parentRow = rows[next.parent];
    if (parentRow !== undefined) {
      parentRow.childCount += 1;
    }
    rows.push(spanRow(span, next, start.isCycle && next.parent === -1, rows.length));
    push(childrenOf.get(next.span) ?? [], rows.length - 1, next.depth + 1);
  }
}

const NOTHING_MEASURED = {
  childCount: 0,
  end: 0,
  shiftNs: 0,
  skewNs: 0,
  selfNs: 0,
  errorsBelow: 0,
};

function missingRow(start: Start): TreeRow {
  return {
    ...NOTHING_MEASURED,
    kind: "missing",
    key: `missing ${start.missingParentId}`,
    span: null,
    missingParentId: start.missingParentId,
    depth: 0,
    parent: -1,
    startNs: start.startNs,
    endNs: start.startNs,
    covered: [],
    isCycle: false,
  };
}

function spanRow(span: Span, place: Waiting, isCycle: boolean, index: number): TreeRow {
  const startNs = span.start_offset_ns;
  return {
    ...NOTHING_MEASURED,
    kind: "span",
    key: `${index} ${span.span_id}`,
    span,
    missingParentId: "",
    depth: place.depth,
    parent: place.parent,
    startNs,
    endNs: startNs + Math.max(0, span.duration_ns),
    covered: [],
    isCycle,
  };
}

/** A child cannot begin before its parent; spans of one service share a clock, so they move together. */
function moveSkewed(rows: TreeRow[]): void {
  for (const row of rows) {
    const parent = rows[row.parent];
    if (parent?.span == null || row.span === null) {
      continue;
    }
    const shared = parent.span.service === row.span.service ? parent.shiftNs : 0;
    row.shiftNs = Math.max(shared, parent.startNs - row.startNs, 0);
    row.skewNs = row.shiftNs - shared;
    row.startNs += row.shiftNs;
    row.endNs += row.shiftNs;
  }
}

/** Ends of subtrees, errors below and time of children, from the last row to the first. */
function measure(rows: TreeRow[]): void {
  const childIntervals = new Map<number, [number, number][]>();
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined) {
      continue;
    }
    row.end = Math.max(row.end, index + 1);
    if (row.kind === "missing") {
      row.endNs = latestChildEnd(rows, index, row);
    }
    row.covered = mergeIntervals(childIntervals.get(index) ?? [], row.startNs, row.endNs);
    childIntervals.delete(index);
    const coveredNs = row.covered.reduce((sum, [from, to]) => sum + to - from, 0);
    row.selfNs = row.kind === "missing" ? 0 : row.endNs - row.startNs - coveredNs;
    const parent = rows[row.parent];
    if (parent !== undefined) {
      parent.end = Math.max(parent.end, row.end);
      parent.errorsBelow += row.errorsBelow + (row.span?.status === "error" ? 1 : 0);
      const intervals = childIntervals.get(row.parent);
      if (intervals === undefined) {
        childIntervals.set(row.parent, [[row.startNs, row.endNs]]);
      } else {
        intervals.push([row.startNs, row.endNs]);
      }
    }
  }
}

function latestChildEnd(rows: readonly TreeRow[], index: number, row: TreeRow): number {
  let latest = row.startNs;
  for (let at = index + 1; at < row.end; at += 1) {
    const child = rows[at];
    if (child?.parent === index) {
      latest = Math.max(latest, child.endNs);
    }
  }
  return latest;
}

/** Intervals inside `from`…`to`, sorted and without overlaps. */
export function mergeIntervals(
  intervals: readonly [number, number][],
  from: number,
  to: number,
): [number, number][] {
  const inside = intervals
    .map(([start, end]): [number, number] => [Math.max(start, from), Math.min(end, to)])
    .filter(([start, end]) => end > start)
    .sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [start, end] of inside) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      merged.push([start, end]);
    }
  }
  return merged;
}

function bounds(rows: readonly TreeRow[]): [number, number] {
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    start = Math.min(start, row.startNs);
    end = Math.max(end, row.endNs);
  }
  return Number.isFinite(start) ? [start, Math.max(end, start + 1)] : [0, 1];
}

/** Indices of the rows that are shown when the subtrees of `collapsed` are hidden. */
export function visibleRows(rows: readonly TreeRow[], collapsed: ReadonlySet<string>): number[] {
  const visible: number[] = [];
  for (let index = 0; index < rows.length; ) {
    const row = rows[index];
    if (row === undefined) {
      break;
    }
    visible.push(index);
    index = collapsed.has(row.key) ? row.end : index + 1;
  }
  return visible;
}

/** Keys of the rows above `index`, which must be open for it to be seen. */
export function keysAbove(rows: readonly TreeRow[], index: number): string[] {
  const keys: string[] = [];
  for (let at = rows[index]?.parent ?? -1; at >= 0; at = rows[at]?.parent ?? -1) {
    keys.push(rows[at]?.key ?? "");
  }
  return keys;
}

export interface ServiceShare {
  service: string;
  selfNs: number;
  spans: number;
  errors: number;
  percent: number;
}

/** Self time per service, the largest first; the shares add up to 100. */
export function serviceShares(rows: readonly TreeRow[]): ServiceShare[] {
  const shares = new Map<string, ServiceShare>();
  let total = 0;
  for (const row of rows) {
    if (row.span === null) {
      continue;
    }
    const service = row.span.service;
    const share = shares.get(service) ?? { service, selfNs: 0, spans: 0, errors: 0, percent: 0 };
    share.selfNs += row.selfNs;
    share.spans += 1;
    share.errors += row.span.status === "error" ? 1 : 0;
    total += row.selfNs;
    shares.set(service, share);
  }
  return [...shares.values()]
    .map((share) => ({ ...share, percent: total === 0 ? 0 : (100 * share.selfNs) / total }))
    .sort((a, b) => b.selfNs - a.selfNs || a.service.localeCompare(b.service));
}
