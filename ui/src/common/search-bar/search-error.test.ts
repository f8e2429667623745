import { expect, test } from "vitest";
import { ApiError, apiErrorFrom } from "@/api/errors";
import { searchErrorIn } from "./search-error";

test("the place of an error is that of the answer, and the start without one", () => {
  const invalid = (position?: number) =>
    apiErrorFrom(new Response(null, { status: 400 }), {
      error: { code: "invalid_search", message: "column 8: a", position },
    });
  expect(searchErrorIn(invalid(7))).toEqual({ position: 7, message: "column 8: a" });
  expect(searchErrorIn(invalid())?.position).toBe(0);
});

test("other errors are not about the search", () => {
  expect(searchErrorIn(new ApiError(400, "invalid_request", "column 8: a"))).toBeUndefined();
  expect(searchErrorIn(new Error("column 8: a"))).toBeUndefined();
  expect(searchErrorIn(null)).toBeUndefined();
});
