import { describe, expect, it } from "vitest";
import { buildTree, type Span, visibleRows } from "./tree";
import { keyEffect } from "./waterfall-keys";

const spans = (["root:", "a:root", "a1:a", "b:root"] as const).map((text, index) => {
  const [span_id = "", parent_span_id = ""] = text.split(":");
  return { span_id, parent_span_id, service: "s", start_offset_ns: index, duration_ns: 9 } as Span;
});
const { rows } = buildTree(spans);
const none = new Set<string>();
const all = visibleRows(rows, none);

describe("keys in the waterfall", () => {
  it("move up and down, and stop at the ends", () => {
    expect(keyEffect("ArrowDown", 0, rows, all, none)).toEqual({ kind: "move", to: 1 });
    expect(keyEffect("ArrowDown", 3, rows, all, none)).toEqual({ kind: "move", to: 3 });
    expect(keyEffect("ArrowUp", 0, rows, all, none)).toEqual({ kind: "move", to: 0 });
    expect(keyEffect("End", 0, rows, all, none)).toEqual({ kind: "move", to: 3 });
  });

  it("collapse first, then go to the parent", () => {
    expect(keyEffect("ArrowLeft", 1, rows, all, none)).toEqual({ kind: "collapse" });
    const closed = new Set([rows[1]?.key ?? ""]);
    const visible = visibleRows(rows, closed);
    expect(keyEffect("ArrowLeft", 1, rows, visible, closed)).toEqual({ kind: "move", to: 0 });
  });

  it("expand first, then go to the first child", () => {
    const closed = new Set([rows[1]?.key ?? ""]);
    const visible = visibleRows(rows, closed);
    expect(keyEffect("ArrowRight", 1, rows, visible, closed)).toEqual({ kind: "expand" });
    expect(keyEffect("ArrowRight", 1, rows, all, none)).toEqual({ kind: "move", to: 2 });
    expect(keyEffect("ArrowRight", 2, rows, all, none)).toBeNull();
  });

  it("leave other keys alone", () => {
    expect(keyEffect("Tab", 0, rows, all, none)).toBeNull();
    expect(keyEffect("Enter", 0, rows, all, none)).toEqual({ kind: "open" });
  });
});
