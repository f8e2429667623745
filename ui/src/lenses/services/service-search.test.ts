import { expect, it } from "vitest";
import { validateServiceSearch, validateServicesSearch } from "./service-search";

it("keeps what a link to a service says", () => {
  const search = {
    tab: "hits",
    endpoint: "GET /orders/{id}",
    box: "1,2,3,4",
    errors: "true",
    scale: "linear",
    quantile: "p99_ms",
    sort: "-p99_ms",
    peer: "downstream direct database:x",
  };
  expect(validateServiceSearch(search)).toEqual({ ...search, errors: true });
});

it("leaves out what is empty, unknown or of another kind", () => {
  const search = { tab: "nowhere", endpoint: "", errors: "no", scale: "log", quantile: ["p1"] };
  expect(validateServiceSearch(search)).toEqual({});
});

it("the list keeps its filter and sort, and no service that was once open beside it", () => {
  expect(validateServicesSearch({ filter: "ord", sort: "-requests", service: "a" })).toEqual({
    filter: "ord",
    sort: "-requests",
  });
});
