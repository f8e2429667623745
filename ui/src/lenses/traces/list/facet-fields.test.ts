import { expect, it } from "vitest";
import { facetFields, facetQuestions } from "./facet-fields";

it("a field that the search asks for is counted without that", () => {
  expect(facetQuestions("service:web status:error", ["service", "kind", "status"])).toEqual([
    { query: "status:error", fields: ["service"] },
    { query: "service:web status:error", fields: ["kind"] },
    { query: "service:web", fields: ["status"] },
  ]);
});

it("added fields follow the usual ones, each once, and there is an end", () => {
  const fields = facetFields(["@user.id", "service", "@user.id"]);
  expect([fields[0], fields.at(-1), fields.length]).toEqual(["service", "@user.id", 11]);
  expect(facetFields(Array.from({ length: 40 }, (_, at) => `@a${at}`))).toHaveLength(20);
});
