import { expect, test } from "vitest";
import { charsBefore, errorSpan, unitOfChar } from "./char-columns";

test("columns are characters, also where one takes two units", () => {
  expect(charsBefore("a😀b한", 3)).toBe(2);
  expect(unitOfChar("a😀b한", 2)).toBe(3);
  expect(unitOfChar("abc", 99)).toBe(3);
});

test("an error covers its word, and one place after the end of the text", () => {
  expect(errorSpan("a bcd (e", 2)).toEqual({ from: 2, to: 5 });
  expect(errorSpan("😀 한국", 2)).toEqual({ from: 3, to: 5 });
  expect(errorSpan("a (", 3)).toEqual({ from: 3, to: 4 });
});
