import { expect, test } from "vitest";
import { probedFrame } from "./frames";

const frame = (name: string, file: string | null, line: number | null) => ({
  function: name,
  file,
  line,
});
const STACK = [
  frame("wrapper", "/lib/ddtrace/wrap.py", 3),
  frame("OrderService.place", "/srv/shop/orders.py", 17),
  frame("dispatch", "/srv/flask/app.py", 99),
];

test("the frame of a line probe is that of its file and line", () => {
  expect(probedFrame(STACK, { file: "shop/orders.py", line: 17, method: "" })).toBe(1);
  expect(probedFrame(STACK, { file: "./app.py", line: 99, method: "" })).toBe(2);
});

test("the frame of a method probe is that of its name", () => {
  expect(probedFrame(STACK, { file: "", line: "", method: "place" })).toBe(1);
});

test("without a match it is the first, as clients send it", () => {
  expect(probedFrame(STACK, { file: "orders.py", line: 18, method: "" })).toBe(0);
  expect(probedFrame([], { file: "orders.py", line: 18, method: "" })).toBe(0);
});
