import { expect, test } from "vitest";
import { EXPRESSION_FIELDS, examplesOf, markedText } from "./expressions";
import type { Language } from "./languages";

test("what is known only when a method returns is not offered for a line or its entry", () => {
  for (const field of EXPRESSION_FIELDS) {
    const codes = (isAtExit: boolean) =>
      examplesOf(field, "java", isAtExit)
        .map(({ code }) => code)
        .join("\n");
    expect(codes(false), field).not.toMatch(/@(return|duration|exception)/);
    expect(codes(true), field).toMatch(/@(return|duration)/);
  }
});

test("a message has its values in braces, a condition and a number have none around them", () => {
  for (const { code } of examplesOf("template", "python", true)) {
    expect(code).toMatch(/\{[^}]+\}/);
  }
  for (const { code } of examplesOf("metric_value", "python", true)) {
    expect(code).not.toMatch(/^\{/);
  }
});

test("a language with a word for the object of a method has an example with it", () => {
  const own = (language: Language | "") =>
    examplesOf("condition", language, false).find(({ text }) => text === "own")?.code;
  expect([own("python"), own("java"), own("go")]).toEqual([
    "self.retries > 2",
    "this.retries > 2",
    undefined,
  ]);
  expect(own("")).toBe(own("python"));
});

test("the place of an error is marked, also at the end and beyond it", () => {
  expect(markedText("len(a > 3", 6)).toEqual({ before: "len(a ", wrong: ">", after: " 3" });
  expect(markedText("len(a", 5)).toEqual({ before: "len(a", wrong: "", after: "" });
  expect(markedText("len(a", 99)).toEqual({ before: "len(a", wrong: "", after: "" });
  expect(markedText("", 0)).toEqual({ before: "", wrong: "", after: "" });
});

test("positions count characters, also beyond those of one unit", () => {
  expect(markedText('"🚗" = 1', 4)).toEqual({ before: '"🚗" ', wrong: "=", after: " 1" });
});

test("of a long text only what is around the error is shown", () => {
  const { before, wrong, after } = markedText(`${"a".repeat(500)}!${"b".repeat(500)}`, 500);
  expect(before).toBe(`…${"a".repeat(40)}`);
  expect(wrong).toBe("!");
  expect(after).toBe(`${"b".repeat(40)}…`);
});
