import { describe, expect, test } from "vitest";
import {
  excludeValue,
  fieldFilter,
  filterOf,
  hasStages,
  onlyValue,
  quotedValue,
  toggleValue,
  withFilter,
  withoutField,
} from "./query-edits";

describe("a value that is clicked", () => {
  test("is added to what is there", () => {
    expect(toggleValue("", "service", "order")).toBe("service:order");
    expect(toggleValue("timeout", "service", "order")).toBe("timeout service:order");
  });

  test("joins other values of its field, and leaves them again", () => {
    const both = toggleValue("status:error timeout", "status", "warn");
    expect(both).toBe("status:(error OR warn) timeout");
    expect(toggleValue(both, "status", "error")).toBe("status:warn timeout");
    expect(toggleValue("status:warn timeout", "status", "warn")).toBe("timeout");
  });

  test("is quoted when it is more than a word", () => {
    expect(toggleValue("", "@url", '/a "b"\\c')).toBe('@url:"/a \\"b\\"\\\\c"');
    expect(quotedValue("OR")).toBe('"OR"');
    expect(quotedValue("결제-서비스")).toBe("결제-서비스");
    expect(quotedValue("-1")).toBe('"-1"');
    expect(quotedValue("")).toBe('""');
  });

  test("is put before the stages", () => {
    expect(toggleValue("timeout | stats count() by host", "host", "a")).toBe(
      "timeout host:a | stats count() by host",
    );
  });

  test("holds for both sides of an OR", () => {
    expect(toggleValue("a OR b", "host", "x")).toBe("(a OR b) host:x");
  });

  test("can be the absence of a value", () => {
    const missing = toggleValue("", "host", null);
    expect(missing).toBe("-host:*");
    expect(fieldFilter(missing, "host")).toEqual({ included: [null], excluded: [] });
    expect(toggleValue(missing, "host", null)).toBe("");
    expect(excludeValue("", "host", null)).toBe("host:*");
  });
});

describe("a value that is excluded", () => {
  test("is no longer asked for", () => {
    expect(excludeValue("status:error", "status", "error")).toBe("-status:error");
    expect(excludeValue("-status:error", "status", "warn")).toBe("-status:error -status:warn");
    expect(excludeValue("-status:error", "status", "error")).toBe("-status:error");
  });

  test("comes back when it is clicked", () => {
    expect(toggleValue("-status:error x", "status", "error")).toBe("status:error x");
  });
});

test("only this value replaces all others of the field", () => {
  expect(onlyValue("status:(error OR warn) -status:info x", "status", "debug")).toBe(
    "status:debug x",
  );
});

test("what a field is asked for is read back", () => {
  expect(fieldFilter('service:("a b" OR c) -service:d', "service")).toEqual({
    included: ["a b", "c"],
    excluded: ["d"],
  });
  expect(fieldFilter("service:a OR service:b", "service")).toEqual({ included: [], excluded: [] });
});

test("ranges and patterns stay as they were written", () => {
  expect(toggleValue("@n:>=400 @n:[1 TO 5] @n:4*", "@n", "7")).toBe(
    "@n:>=400 @n:[1 TO 5] @n:4* @n:7",
  );
  expect(withoutField("@n:>=400", "@n")).toBeUndefined();
});

test("text in quotes and parentheses is not taken for terms", () => {
  const query = '"service:a | x" (service:b)';
  expect(fieldFilter(query, "service")).toEqual({ included: [], excluded: [] });
  expect(hasStages(query)).toBe(false);
  expect(filterOf('"a | b" x | sort -time')).toBe('"a | b" x');
});

test("a search without one of its fields", () => {
  expect(withoutField("a service:x b -service:y", "service")).toBe("a b");
  expect(withoutField("a", "service")).toBeUndefined();
});

test("a filter that is given joins the search, in place of what asked the same field", () => {
  const given = "pattern_id:(a1 OR b2)";
  expect(withFilter("", "pattern_id", given)).toBe(given);
  expect(withFilter("timeout service:order", "pattern_id", given)).toBe(
    `timeout service:order ${given}`,
  );
  expect(withFilter("pattern_id:c3 timeout", "pattern_id", given)).toBe(`timeout ${given}`);
  expect(withFilter("a OR b | stats count()", "pattern_id", given)).toBe(
    `(a OR b) ${given} | stats count()`,
  );
});
