import { expect, test } from "vitest";
import { neighbourPlace } from "./neighbour-place";

test("what is called and is no service leads to its evidence", () => {
  expect(neighbourPlace("external:registry.gov.example")).toEqual({
    kind: "external",
    name: "registry.gov.example",
  });
  expect(neighbourPlace("database:shop:orders")).toEqual({ kind: "database", name: "shop:orders" });
});

test("services and what is declared have a page in the catalog", () => {
  for (const name of ["order", "datastore:orders", "java:app", "external:", "externals:x"]) {
    expect(neighbourPlace(name)).toBeUndefined();
  }
});
