/** What a key does in the waterfall, as a pure function of the rows. */
import type { TreeRow } from "./tree";

export type KeyEffect =
  | { kind: "move"; to: number }
  | { kind: "collapse" | "expand" | "open" }
  | null;

const PAGE_ROWS = 15;

/** `at` is a place in `visible`, which holds indices of `rows`. */
export function keyEffect(
  key: string,
  at: number,
  rows: readonly TreeRow[],
  visible: readonly number[],
  collapsed: ReadonlySet<string>,
): KeyEffect {
  const row = rows[visible[at] ?? -1];
  if (row === undefined) {
    return null;
  }
  const last = visible.length - 1;
  const isCollapsed = collapsed.has(row.key);
  switch (key) {
    case "ArrowDown":
      return { kind: "move", to: Math.min(last, at + 1) };
    case "ArrowUp":
      return { kind: "move", to: Math.max(0, at - 1) };
    case "PageDown":
      return { kind: "move", to: Math.min(last, at + PAGE_ROWS) };
    case "PageUp":
      return { kind: "move", to: Math.max(0, at - PAGE_ROWS) };
    case "Home":
      return { kind: "move", to: 0 };
    case "End":
      return { kind: "move", to: last };
    case "ArrowLeft":
      if (row.childCount > 0 && !isCollapsed) {
        return { kind: "collapse" };
      }
      return row.parent < 0 ? null : { kind: "move", to: visible.indexOf(row.parent) };
    case "ArrowRight":
      if (row.childCount === 0) {
        return null;
      }
      return isCollapsed ? { kind: "expand" } : { kind: "move", to: Math.min(last, at + 1) };
    case "Enter":
    case " ":
      return { kind: "open" };
    default:
      return null;
  }
}
