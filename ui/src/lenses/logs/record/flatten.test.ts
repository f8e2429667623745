import { expect, test } from "vitest";
import { flatten, isNameable, resourceField } from "./flatten";

test("objects are rows by their paths, lists are JSON", () => {
  expect(flatten({ b: { c: 1, d: { e: true } }, a: "x", l: [1, "2"], n: null, o: {} })).toEqual([
    { key: "a", text: "x", isPlain: true },
    { key: "b.c", text: "1", isPlain: true },
    { key: "b.d.e", text: "true", isPlain: true },
    { key: "l", text: '[1,"2"]', isPlain: false },
    { key: "n", text: "null", isPlain: false },
    { key: "o", text: "{}", isPlain: false },
  ]);
});

test("what is very deep is shown as JSON", () => {
  const deep = { a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } };
  expect(flatten(deep)).toEqual([{ key: "a.b.c.d.e.f.g", text: '{"h":1}', isPlain: false }]);
});

test("a resource is asked for by the names of the search language", () => {
  expect([resourceField("service.name"), resourceField("team")]).toEqual(["service", "team"]);
});

test("keys with spaces, quotes or colons cannot be named", () => {
  expect(["@http.route", "@결제", '@a"b', "@a b", "@a:b", "<b>"].map(isNameable)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
