import { expect, test } from "vitest";
import { captureSections, countGaps, valueNode } from "./captures";

/** As the Python client sends it. */
const PYTHON = {
  entry: { arguments: {}, locals: {}, staticFields: {}, throwable: null },
  return: {
    arguments: {
      order: {
        type: "Order",
        fields: {
          no: { type: "int", value: "5032" },
          note: { type: "NoneType", isNull: true },
          items: {
            type: "list",
            elements: [{ type: "str", value: "'tire'" }],
            size: 140,
            notCapturedReason: "collectionSize",
          },
        },
      },
      token: { type: "str", notCapturedReason: "redactedIdent" },
    },
    locals: {
      "@return": { type: "bool", value: "True" },
      seen: {
        type: "dict",
        entries: [
          [
            { type: "str", value: "'vin'" },
            { type: "str", value: "'KMH", truncated: true, size: 300 },
          ],
        ],
        size: 1,
      },
    },
    staticFields: { LIMIT: { type: "int", value: "3" } },
    throwable: { type: "ValueError", message: "'bad vin'", stacktrace: [] },
  },
};

test("a snapshot is read into sections, groups and values; empty ones are left out", () => {
  const [section, ...others] = captureSections(PYTHON);
  expect(others).toEqual([]);
  expect(section?.at).toBe("return");
  expect(section?.groups.map(({ name }) => name)).toEqual([
    "return",
    "throwable",
    "arguments",
    "locals",
    "statics",
  ]);
  const [returned, thrown, given, locals] = section?.groups ?? [];
  expect(returned?.values[0]).toMatchObject({ name: "@return", type: "bool", text: "True" });
  expect(thrown?.values[0]).toMatchObject({ name: "ValueError", text: "'bad vin'" });
  expect(given?.values.map(({ name }) => name)).toEqual(["order", "token"]);
  expect(locals?.values.map(({ name }) => name)).toEqual(["seen"]);
});

test("values have their parts: fields, elements, and entries under their keys", () => {
  const [section] = captureSections(PYTHON);
  const order = section?.groups[2]?.values[0];
  expect(order).toMatchObject({ id: "return.arguments.order", type: "Order", text: null });
  const [no, note, items] = order?.children ?? [];
  expect(no).toMatchObject({ id: "return.arguments.order.no", name: "no", text: "5032" });
  expect(note).toMatchObject({ type: "NoneType", text: "null", gap: null });
  expect(items).toMatchObject({ gap: "collection_size", size: 140 });
  expect(items?.children[0]).toMatchObject({ name: "[0]", text: "'tire'" });
  const seen = section?.groups[3]?.values[0];
  expect(seen?.children[0]).toMatchObject({
    name: "'vin'",
    text: "'KMH",
    gap: "truncated",
    size: 300,
  });
});

test("lines are in their order, between entry and return", () => {
  const some = { locals: { a: { type: "int", value: "1" } } };
  const sections = captureSections({
    return: some,
    lines: { "9": some, "12": some },
    entry: some,
  });
  expect(sections.map(({ at, line }) => [at, line])).toEqual([
    ["entry", null],
    ["line", "9"],
    ["line", "12"],
    ["return", null],
  ]);
});

test.each([
  [{ type: "str", notCapturedReason: "redactedIdent" }, "redacted"],
  [{ type: "Session", notCapturedReason: "redactedType" }, "redacted"],
  [{ type: "str", value: "'{redacted}'" }, "redacted"],
  [{ type: "string", value: "[redacted]" }, "redacted"],
  [{ type: "Order", notCapturedReason: "depth" }, "depth"],
  [{ type: "Order", notCapturedReason: "fieldCount", fields: {} }, "field_count"],
  [{ type: "Order", notCapturedReason: "timeout" }, "timeout"],
  [{ type: "Order", notCapturedReason: "concurrentModification" }, "other"],
  [{ type: "Order", notCapturedReason: "__proto__" }, "other"],
  [{ type: "string", value: "abc", truncated: true, size: 9 }, "truncated"],
  [{ type: "string", value: "abc" }, null],
] as const)("%j is marked as %s", (captured, gap) => {
  expect(valueNode("id", "name", captured).gap).toBe(gap);
});

test("a redacted value shows nothing of what was there", () => {
  const node = valueNode("id", "password", {
    type: "str",
    value: "'hunter2'",
    fields: { a: { type: "int", value: "1" } },
    notCapturedReason: "redactedIdent",
  });
  expect(node).toMatchObject({ type: "str", text: null, children: [] });
});

test("the reason of an unknown gap is kept in the words of the client", () => {
  const node = valueNode("id", "it", { type: "x", notCapturedReason: "Unsupported object type" });
  expect(node).toMatchObject({ gap: "other", reason: "Unsupported object type" });
});

test("what has no known shape is shown as it came, and breaks nothing", () => {
  expect(valueNode("id", "it", 5)).toMatchObject({ type: null, text: "5", children: [] });
  expect(valueNode("id", "it", ["a"])).toMatchObject({ text: '["a"]', children: [] });
  expect(valueNode("id", "it", {})).toMatchObject({ text: "{}" });
  const odd = valueNode("id", "it", {
    type: 3,
    entries: [null, [{}]],
    elements: "no",
    fields: [1],
  });
  expect(odd.children.map(({ name }) => name)).toEqual(["?", "?"]);
  expect(captureSections(null)).toEqual([]);
  expect(captureSections({ entry: 5, lines: [], return: { locals: "x" } })).toEqual([]);
});

test("gaps are counted at every depth", () => {
  expect(countGaps(captureSections(PYTHON))).toEqual({ redacted: 1, cut: 2 });
});
