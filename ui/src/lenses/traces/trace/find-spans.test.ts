import { describe, expect, it } from "vitest";
import { findSpans, nextFound } from "./find-spans";
import { fixtureTrace } from "./trace-fixture";
import { buildTree } from "./tree";

const tree = buildTree(
  fixtureTrace([
    { id: "00000000000000aa", start: 0, duration: 9, service: "web", name: "GET /Orders" },
    { id: "00000000000000ab", parent: 0, start: 1, duration: 9, service: "order", name: "select" },
    { id: "00000000000000ac", parent: 0, start: 2, duration: 9, service: "web", name: "결제 요청" },
  ]),
);
const rowsOf = (text: string) => [...findSpans(tree, text).rows];

describe("spans that are looked for", () => {
  it("have the text in their service or operation, whatever its case", () => {
    expect(rowsOf("orders")).toEqual([1, 0, 0]);
    expect(rowsOf("ORDER")).toEqual([1, 1, 0]);
    expect(rowsOf("결제")).toEqual([0, 0, 1]);
  });

  it("have the id, as a whole", () => {
    expect(rowsOf("00000000000000AB")).toEqual([0, 1, 0]);
    expect(findSpans(tree, "00000000").count).toBe(0);
  });

  it("are none without a text", () => {
    expect(findSpans(tree, "  ")).toEqual({ rows: new Uint8Array(0), count: 0 });
  });

  it("are gone through in a circle, both ways", () => {
    const found = findSpans(tree, "web");
    expect([nextFound(found, -1, 1), nextFound(found, 0, 1), nextFound(found, 2, 1)]).toEqual([
      0, 2, 0,
    ]);
    expect([nextFound(found, 2, -1), nextFound(found, 0, -1)]).toEqual([0, 2]);
    expect(nextFound(findSpans(tree, "nothing"), 0, 1)).toBeUndefined();
  });
});
