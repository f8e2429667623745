import { expect, test } from "vitest";
import { traceIdIn } from "./palette-trace";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";

test("a trace id is found bare, in capitals, with dashes and in a traceparent", () => {
  expect(traceIdIn(` ${ID.toUpperCase()}\n`)).toBe(ID);
  expect(traceIdIn("4bf92f35-77b3-4da6-a3ce-929d0e0e4736")).toBe(ID);
  expect(traceIdIn(`00-${ID}-00f067aa0ba902b7-01`)).toBe(ID);
});

test("other text is no trace id", () => {
  expect(traceIdIn("order")).toBeUndefined();
  expect(traceIdIn(ID.slice(1))).toBeUndefined();
  expect(traceIdIn("0".repeat(32))).toBeUndefined();
});
