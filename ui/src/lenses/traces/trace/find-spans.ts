/** Spans of a trace that are looked for by a text in their service or operation, or by their id. */
import type { TraceTree } from "./tree";

export interface Found {
  /** 1 for each row that was found. */
  rows: Uint8Array;
  count: number;
}

const NOTHING: Found = { rows: new Uint8Array(0), count: 0 };

export function findSpans(tree: TraceTree, text: string): Found {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") {
    return NOTHING;
  }
  // Each name is looked at once, however many spans have it.
  const has = (it: string) => it.toLowerCase().includes(wanted);
  const services = tree.services.map(has);
  const names = tree.names.map(has);
  const rows = new Uint8Array(tree.count);
  let count = 0;
  for (let row = 0; row < tree.count; row += 1) {
    const isFound =
      services[tree.service[row] ?? -1] === true ||
      names[tree.name[row] ?? -1] === true ||
      tree.spanIds[row] === wanted;
    rows[row] = isFound ? 1 : 0;
    count += isFound ? 1 : 0;
  }
  return { rows, count };
}

/** The next row that was found, after `row` or before it, from the other end when there is none. */
export function nextFound({ rows, count }: Found, row: number, by: 1 | -1): number | undefined {
  if (count === 0) {
    return undefined;
  }
  if (by === 1) {
    const next = rows.indexOf(1, row + 1);
    return next < 0 ? rows.indexOf(1) : next;
  }
  const before = row <= 0 ? -1 : rows.lastIndexOf(1, row - 1);
  return before < 0 ? rows.lastIndexOf(1) : before;
}
