import { expect, test } from "vitest";
import { facetFields, facetQuestions } from "./facet-fields";

test("facets that were added come after the usual ones, once", () => {
  expect(facetFields(["status", "service"], ["@a", "service", "@a"])).toEqual([
    "status",
    "service",
    "@a",
  ]);
  expect(facetFields(["status"], undefined)).toEqual(["status"]);
});

test("there is an end of them", () => {
  const many = Array.from({ length: 40 }, (_, at) => `@a${at}`);
  expect(facetFields(["service"], many)).toEqual(["service", ...many.slice(0, 19)]);
});

test("a field that is searched for is counted without that condition", () => {
  expect(facetQuestions("service:a timeout", ["service", "host", "env"])).toEqual([
    { query: "timeout", fields: ["service"] },
    { query: "service:a timeout", fields: ["host", "env"] },
  ]);
  expect(facetQuestions("service:web status:error", ["service", "kind", "status"])).toEqual([
    { query: "status:error", fields: ["service"] },
    { query: "service:web status:error", fields: ["kind"] },
    { query: "service:web", fields: ["status"] },
  ]);
});

test("fields that are not searched for are one question", () => {
  expect(facetQuestions("", ["service", "host"])).toEqual([
    { query: "", fields: ["service", "host"] },
  ]);
});
