/** Filters survive the URL, whatever names and values are made of. */
import { expect, it } from "vitest";
import { readFilters, readTerm, termText, withFilter, withoutFilter } from "./filters";

it.each([
  { dimension: "service_name", value: "Amazon EC2", exclude: false },
  { dimension: "service_name", value: "a=b!=c", exclude: true },
  { dimension: "tag:team", value: null, exclude: false },
  { dimension: "tag:team", value: null, exclude: true },
  { dimension: "tag:a=b!", value: "x", exclude: true },
  { dimension: "tag:100%3D", value: "", exclude: false },
])("$dimension $value is read as it was written", (term) => {
  expect(readTerm(termText(term))).toEqual(term);
});

it("the values of a dimension are one filter, those left out another", () => {
  expect(readFilters(["a=1", "b", "a=2", "a!=3"])).toEqual([
    { dimension: "a", values: ["1", "2"], exclude: false },
    { dimension: "b", values: [null], exclude: false },
    { dimension: "a", values: ["3"], exclude: true },
  ]);
  expect(readFilters(["=", "!"])).toEqual([]);
  expect(readFilters()).toEqual([]);
});

it("a new filter takes the place of the one before", () => {
  const filter = { dimension: "a", values: ["3", null], exclude: true };
  expect(withFilter(["a=1", "b=2", "a=4"], filter)).toEqual(["b=2", "a!=3", "a!"]);
  expect(withoutFilter(["a=1", "a!=2", "b"], filter)).toEqual(["a=1", "b"]);
});
