import { expect, test } from "vitest";
import { safeNext } from "./next-place";

test("only a path of this app is followed after signing in", () => {
  expect(safeNext("/traces?service=a#b")).toBe("/traces?service=a#b");
  for (const bad of [undefined, "", "//evil.example", "/\\evil.example", "https://evil.example"]) {
    expect(safeNext(bad)).toBe("/");
  }
  expect(safeNext("/sign-in?next=/sign-in")).toBe("/");
});
