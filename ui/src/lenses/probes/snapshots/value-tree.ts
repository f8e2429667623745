/** The rows of a tree of values that are visible, and where the keys of a tree lead. */
import type { CaptureGroup, GroupName, ValueNode } from "./captures";

export interface TreeRow {
  id: string;
  /** From 1. */
  level: number;
  isOpen: boolean;
  hasChildren: boolean;
  /** Among those with the same parent, from 1. */
  position: number;
  siblings: number;
  parentId: string | null;
  /** Of a row at the top. */
  group: GroupName | null;
  /** Of every other row. */
  node: ValueNode | null;
}

/** Static fields are the whole module or class: rarely what one looks for. */
const CLOSED: readonly GroupName[] = ["statics"];

/** What is open at first: the groups, not what is in their values. */
export function firstOpen(groups: readonly CaptureGroup[]): ReadonlySet<string> {
  return new Set(groups.filter(({ name }) => !CLOSED.includes(name)).map(({ id }) => id));
}

export function withToggled(open: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(open);
  if (!next.delete(id)) {
    next.add(id);
  }
  return next;
}

/** Every row that has something in it. */
export function allOpen(groups: readonly CaptureGroup[]): ReadonlySet<string> {
  const ids = new Set<string>();
  const visit = ({ id, children }: ValueNode) => {
    if (children.length > 0) {
      ids.add(id);
      children.forEach(visit);
    }
  };
  for (const { id, values } of groups) {
    ids.add(id);
    values.forEach(visit);
  }
  return ids;
}

export function treeRows(groups: readonly CaptureGroup[], open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const addNodes = (nodes: readonly ValueNode[], level: number, parentId: string) => {
    nodes.forEach((node, at) => {
      const isOpen = open.has(node.id);
      const hasChildren = node.children.length > 0;
      const place = { level, position: at + 1, siblings: nodes.length, parentId };
      rows.push({ id: node.id, isOpen, hasChildren, ...place, group: null, node });
      if (isOpen) {
        addNodes(node.children, level + 1, node.id);
      }
    });
  };
  groups.forEach(({ id, name, values }, at) => {
    const isOpen = open.has(id);
    const place = { level: 1, position: at + 1, siblings: groups.length, parentId: null };
    rows.push({ id, isOpen, hasChildren: true, ...place, group: name, node: null });
    if (isOpen) {
      addNodes(values, 2, id);
    }
  });
  return rows;
}

export type TreeMove = { focus: string } | { toggle: string };

/** What a key does, as in every tree of the web; undefined for keys that do nothing. */
export function treeMove(
  rows: readonly TreeRow[],
  focused: string,
  key: string,
): TreeMove | undefined {
  const at = rows.findIndex(({ id }) => id === focused);
  const row = rows[at];
  if (row === undefined) {
    return undefined;
  }
  const to = (found: TreeRow | undefined) =>
    found === undefined ? undefined : { focus: found.id };
  switch (key) {
    case "ArrowDown":
      return to(rows[at + 1]);
    case "ArrowUp":
      return to(rows[at - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows.at(-1));
    case "ArrowRight":
      if (!row.hasChildren) {
        return undefined;
      }
      return row.isOpen ? to(rows[at + 1]) : { toggle: row.id };
    case "ArrowLeft":
      if (row.hasChildren && row.isOpen) {
        return { toggle: row.id };
      }
      return row.parentId === null ? undefined : { focus: row.parentId };
    case "Enter":
    case " ":
      return row.hasChildren ? { toggle: row.id } : undefined;
    default:
      return undefined;
  }
}
