import { describe, expect, test } from "vitest";
import {
  parseSearch,
  searchChoice,
  searchFlag,
  searchList,
  searchNumber,
  searchText,
  stringifySearch,
} from "./search";

describe("search parameters", () => {
  test("come back as they were written", () => {
    const search = { sql: 'select "a" & b = 1 + 2', service: ["order", "주문"], env: "true" };
    expect(parseSearch(stringifySearch(search))).toEqual(search);
  });

  test("stay text: an id of digits loses none", () => {
    const id = "00000000000000012345678901234567";
    expect(parseSearch(`?trace=${id}`)).toEqual({ trace: id });
  });

  test("that are empty or off are not written", () => {
    expect(stringifySearch({ a: undefined, b: "", c: null, d: false, e: [] })).toBe("");
    expect(stringifySearch({ errors: true, limit: 0 })).toBe("?errors=true&limit=0");
  });

  test("are read as what a page expects, or not at all", () => {
    expect(searchText(["a", "b"])).toBe("a");
    expect(searchText(7)).toBe("7");
    expect(searchText("")).toBeUndefined();
    expect(searchList("a")).toEqual(["a"]);
    expect(searchList(undefined)).toBeUndefined();
    expect(searchNumber("12.5")).toBe(12.5);
    expect(searchNumber("many")).toBeUndefined();
    expect(searchFlag("true")).toBe(true);
    expect(searchFlag("false")).toBeUndefined();
    expect(searchChoice("bar", ["line", "bar"])).toBe("bar");
    expect(searchChoice("pie", ["line", "bar"])).toBeUndefined();
  });
});
