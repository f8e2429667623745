/** What a key does in the waterfall, as a pure function of the rows. */
import type { TraceTree } from "./tree";

export type KeyEffect =
  | { kind: "move"; to: number }
  | { kind: "collapse" | "expand" | "open" }
  | null;

const PAGE_ROWS = 15;

/** `at` is a place in `visible`, which holds rows of the tree. */
export function keyEffect(
  key: string,
  at: number,
  tree: Pick<TraceTree, "childCount" | "parent">,
  visible: Int32Array,
  collapsed: ReadonlySet<number>,
): KeyEffect {
  const row = visible[at];
  if (row === undefined) {
    return null;
  }
  const last = visible.length - 1;
  const isParent = (tree.childCount[row] ?? 0) > 0;
  const parent = tree.parent[row] ?? -1;
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
      if (isParent && !collapsed.has(row)) {
        return { kind: "collapse" };
      }
      return parent < 0 ? null : { kind: "move", to: visible.indexOf(parent) };
    case "ArrowRight":
      if (!isParent) {
        return null;
      }
      return collapsed.has(row) ? { kind: "expand" } : { kind: "move", to: Math.min(last, at + 1) };
    case "Enter":
    case " ":
      return { kind: "open" };
    default:
      return null;
  }
}
