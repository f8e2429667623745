import { expect, test } from "vitest";
import { captureSections } from "./captures";
import { allOpen, firstOpen, treeMove, treeRows, withToggled } from "./value-tree";

const value = (text: string) => ({ type: "int", value: text });
const [section] = captureSections({
  entry: {
    arguments: { a: { type: "Order", fields: { no: value("1"), at: value("2") } }, b: value("3") },
    staticFields: { LIMIT: value("4") },
  },
});
const groups = section?.groups ?? [];
const names = (open: ReadonlySet<string>) =>
  treeRows(groups, open).map((row) => `${row.level} ${row.group ?? row.node?.name}`);

test("groups are open at first, except that of static fields", () => {
  expect(names(firstOpen(groups))).toEqual(["1 arguments", "2 a", "2 b", "1 statics"]);
});

test("a value opens into its parts, and everything opens at once", () => {
  const open = withToggled(firstOpen(groups), "entry.arguments.a");
  expect(names(open)).toEqual(["1 arguments", "2 a", "3 no", "3 at", "2 b", "1 statics"]);
  expect(names(withToggled(open, "entry.arguments.a"))).toEqual(names(firstOpen(groups)));
  expect(names(allOpen(groups))).toEqual([
    ...["1 arguments", "2 a", "3 no", "3 at", "2 b"],
    ...["1 statics", "2 LIMIT"],
  ]);
});

test("rows know their place among those beside them", () => {
  const rows = treeRows(groups, allOpen(groups));
  const at = rows.find(({ node }) => node?.name === "at");
  expect(at).toMatchObject({
    position: 2,
    siblings: 2,
    parentId: "entry.arguments.a",
    hasChildren: false,
  });
});

test("keys go through the tree as in every tree", () => {
  const rows = treeRows(groups, firstOpen(groups));
  const move = (id: string, key: string) => treeMove(rows, id, key);
  expect(move("entry.arguments", "ArrowDown")).toEqual({ focus: "entry.arguments.a" });
  expect(move("entry.arguments", "ArrowUp")).toBeUndefined();
  expect(move("entry.arguments", "ArrowRight")).toEqual({ focus: "entry.arguments.a" });
  expect(move("entry.arguments", "ArrowLeft")).toEqual({ toggle: "entry.arguments" });
  expect(move("entry.arguments.a", "ArrowRight")).toEqual({ toggle: "entry.arguments.a" });
  expect(move("entry.arguments.a", "ArrowLeft")).toEqual({ focus: "entry.arguments" });
  expect(move("entry.arguments.b", "ArrowRight")).toBeUndefined();
  expect(move("entry.arguments.a", "Enter")).toEqual({ toggle: "entry.arguments.a" });
  expect(move("entry.arguments.b", "Enter")).toBeUndefined();
  expect(move("entry.arguments", "End")).toEqual({ focus: "entry.statics" });
  expect(move("entry.statics", "Home")).toEqual({ focus: "entry.arguments" });
  expect(move("entry.statics", "x")).toBeUndefined();
  expect(move("gone", "ArrowDown")).toBeUndefined();
});
