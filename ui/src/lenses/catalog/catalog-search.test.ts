import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "@/common/search";
import { validateCatalog, validateEntry, validateHygiene } from "./catalog-search";

const again = <Search extends object>(search: Search, validate: (raw: never) => Search) =>
  validate(parseSearch(stringifySearch(search as never)) as never);

test("a list that was filtered is the same list at its address", () => {
  const search = {
    q: "결제 api",
    team: "payments & risk",
    only: "unseen",
    sort: "-findings",
  } as const;
  expect(again(search, validateCatalog)).toEqual(search);
});

test("what the address does not say is all services, in view mode", () => {
  expect(validateCatalog({ only: "all", q: "", page: "2" })).toEqual({});
  expect(validateEntry({ edit: "no" })).toEqual({});
  expect(validateEntry({ edit: "true" })).toEqual({ edit: true });
});

test("a rule that does not exist is no filter", () => {
  expect(validateHygiene({ rule: "moon", team: "shop" })).toEqual({ team: "shop" });
  expect(validateHygiene({ rule: "version_missing" })).toEqual({ rule: "version_missing" });
});
