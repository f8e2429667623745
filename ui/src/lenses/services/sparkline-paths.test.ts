import { expect, it } from "vitest";
import { sparklinePaths } from "./sparkline-paths";
import { sqlOfAttribute, sqlOfService } from "./sql";

it("draws the largest bucket to the top, and errors on the same scale", () => {
  const paths = sparklinePaths([0, 100], [0, 50], 100, 22);
  expect(paths.line).toBe("M0 21L100 1");
  expect(paths.errors).toBe("M20 22V11h80V22z");
});

it("keeps a single error visible", () => {
  expect(sparklinePaths([10_000, 10_000], [1, 0], 100, 22).errors).toContain("V20");
});

it("draws nothing without buckets", () => {
  expect(sparklinePaths([], [], 100, 22)).toEqual({ line: "", area: "", errors: "" });
});

it("quotes names in prepared SQL", () => {
  expect(sqlOfService("o'brien")).toContain("service_name = 'o''brien'");
  expect(sqlOfAttribute("attributes", "a'b", "x'; drop")).toContain(
    "attributes['a''b'] = 'x''; drop'",
  );
});
