import { expect, test } from "vitest";
import { facetFields, facetQuestions, USUAL_FACETS } from "./facet-fields";

test("facets that were added come after the usual ones, once", () => {
  expect(facetFields(["@a", "service", "@a"])).toEqual([...USUAL_FACETS, "@a"]);
});

test("a field that is searched for is counted without that condition", () => {
  expect(facetQuestions("service:a timeout", ["service", "host", "env"])).toEqual([
    { query: "timeout", fields: ["service"] },
    { query: "service:a timeout", fields: ["host", "env"] },
  ]);
  expect(facetQuestions("", ["service", "host"])).toEqual([
    { query: "", fields: ["service", "host"] },
  ]);
});
