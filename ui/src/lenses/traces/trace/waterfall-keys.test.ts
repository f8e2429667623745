import { describe, expect, it } from "vitest";
import { fixtureTrace } from "./trace-fixture";
import { buildTree, visibleRows } from "./tree";
import { keyEffect } from "./waterfall-keys";

const tree = buildTree(
  fixtureTrace([
    { id: "root", start: 0, duration: 9 },
    { id: "a", parent: 0, start: 1, duration: 9 },
    { id: "a1", parent: 1, start: 2, duration: 9 },
    { id: "b", parent: 0, start: 3, duration: 9 },
  ]),
);
const none = new Set<number>();
const all = visibleRows(tree, none);
const closed = new Set([1]);
const fewer = visibleRows(tree, closed);

describe("keys in the waterfall", () => {
  it("move up and down, and stop at the ends", () => {
    expect(keyEffect("ArrowDown", 0, tree, all, none)).toEqual({ kind: "move", to: 1 });
    expect(keyEffect("ArrowDown", 3, tree, all, none)).toEqual({ kind: "move", to: 3 });
    expect(keyEffect("ArrowUp", 0, tree, all, none)).toEqual({ kind: "move", to: 0 });
    expect(keyEffect("End", 0, tree, all, none)).toEqual({ kind: "move", to: 3 });
  });

  it("collapse first, then go to the parent", () => {
    expect(keyEffect("ArrowLeft", 1, tree, all, none)).toEqual({ kind: "collapse" });
    expect(keyEffect("ArrowLeft", 1, tree, fewer, closed)).toEqual({ kind: "move", to: 0 });
  });

  it("expand first, then go to the first child", () => {
    expect(keyEffect("ArrowRight", 1, tree, fewer, closed)).toEqual({ kind: "expand" });
    expect(keyEffect("ArrowRight", 1, tree, all, none)).toEqual({ kind: "move", to: 2 });
    expect(keyEffect("ArrowRight", 2, tree, all, none)).toBeNull();
  });

  it("leave other keys alone", () => {
    expect(keyEffect("Tab", 0, tree, all, none)).toBeNull();
    expect(keyEffect("Enter", 0, tree, all, none)).toEqual({ kind: "open" });
  });
});
