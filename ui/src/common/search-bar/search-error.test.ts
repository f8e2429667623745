import { expect, test } from "vitest";
import { ApiError } from "@/api/errors";
import { searchErrorIn } from "./search-error";

const invalid = (message: string, body?: unknown) =>
  new ApiError(400, "invalid_search", message, [], body);

test("the place of an error is that of the answer, or that of its message", () => {
  const body = { error: { position: 7 } };
  expect(searchErrorIn(invalid("column 8: a", body))).toEqual({
    position: 7,
    message: "column 8: a",
  });
  expect(searchErrorIn(invalid("column 8: a"))?.position).toBe(7);
  expect(searchErrorIn(invalid("a"))?.position).toBe(0);
});

test("other errors are not about the search", () => {
  expect(searchErrorIn(new ApiError(400, "invalid_request", "column 8: a"))).toBeUndefined();
  expect(searchErrorIn(new Error("column 8: a"))).toBeUndefined();
  expect(searchErrorIn(null)).toBeUndefined();
});
