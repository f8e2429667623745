import { expect, test } from "vitest";
import { abilitiesOf, knownLanguage, languageName } from "./languages";

test("a language is known by any name that clients have for it", () => {
  expect(["python", "Python", "node", "nodejs", ".NET", "golang"].map(knownLanguage)).toEqual([
    ...["python", "python", "nodejs", "nodejs", "dotnet", "go"],
  ]);
  expect(languageName("node")).toBe("Node.js");
});

test("a language that nobody knows keeps its name", () => {
  for (const name of ["cobol", "__proto__", "constructor"]) {
    expect(knownLanguage(name)).toBeUndefined();
    expect(languageName(name)).toBe(name);
  }
  expect(knownLanguage(null)).toBeUndefined();
});

test("what a language cannot do is not offered, and a span is of a method", () => {
  expect(abilitiesOf("nodejs", "log")).toEqual({ types: ["log"], places: ["line"] });
  expect(abilitiesOf("python", "span").places).toEqual(["method"]);
  expect(abilitiesOf("", "metric").places).toEqual(["line", "method"]);
});
