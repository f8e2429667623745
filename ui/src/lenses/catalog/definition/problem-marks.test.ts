import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { diagnosticsOf } from "./problem-marks";

const document = Text.of(["apiVersion: v3", "  kind: moon", "", "end"]);
const at = (line: number | null) =>
  diagnosticsOf(document, [{ line, path: null, message: "no" }]).map(({ from, to }) => [from, to]);

test("a problem is marked where its line has text", () => {
  expect(at(1)).toEqual([[0, 14]]);
  expect(at(2)).toEqual([[17, 27]]);
  expect(at(3)).toEqual([[28, 28]]);
});

test("a problem without a line, or after the end, has no place", () => {
  expect([at(null), at(0), at(5)]).toEqual([[], [], []]);
});
