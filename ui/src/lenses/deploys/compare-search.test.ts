import { describe, expect, it } from "vitest";
import {
  baseOf,
  baseSearch,
  compareDeploy,
  isAsked,
  otherOf,
  otherSearch,
  validateCompareSearch,
} from "./compare-search";
import { comparisonParameters } from "./deploys-api";

const HOUR = 3_600_000;
const asked = { fromMs: 100, toMs: 200, environment: "prod" };

describe("the URL of a comparison", () => {
  it("keeps versions and periods of both sides", () => {
    const search = {
      service: "order",
      base: "1.0",
      version: "1.1",
      version_from: "150",
      version_to: "180",
    };
    expect(validateCompareSearch(search)).toEqual({
      ...search,
      version_from: 150,
      version_to: 180,
    });
  });

  it("has no half and no turned periods", () => {
    expect(validateCompareSearch({ base_from: "5" })).toEqual({});
    expect(validateCompareSearch({ base_from: "5", base_to: "5" })).toEqual({});
    expect(validateCompareSearch({ base_from: "x", base_to: "9" })).toEqual({});
    expect(validateCompareSearch({ base_from: "-5", base_to: "9" })).toEqual({});
  });

  it("gives a version of digits as text", () => {
    expect(validateCompareSearch({ base: "1.10", version: 2 })).toEqual({
      base: "1.10",
      version: "2",
    });
  });

  it("swaps its sides", () => {
    const search = { service: "a", base: "1", version: "2", version_from: 5, version_to: 9 };
    const swapped = { ...baseSearch(otherOf(search)), ...otherSearch(baseOf(search)) };
    expect(swapped).toEqual({
      base: "2",
      base_from: 5,
      base_to: 9,
      version: "1",
      version_from: undefined,
      version_to: undefined,
    });
  });
});

describe("the API is asked", () => {
  it("when the service and both sides are known", () => {
    expect(isAsked(baseOf({}))).toBe(false);
    expect(comparisonParameters({ service: "a", base: "1" }, asked)).toBeUndefined();
    expect(comparisonParameters({ base: "1", version: "2" }, asked)).toBeUndefined();
    const search = { service: "a", base: "1", version_from: 5, version_to: 9 };
    expect(comparisonParameters(search, asked)).toEqual({
      from_ms: 100,
      to_ms: 200,
      environment: "prod",
      service: "a",
      base_version: "1",
      base_from_ms: undefined,
      base_to_ms: undefined,
      version: undefined,
      version_from_ms: 5,
      version_to_ms: 9,
    });
  });
});

it("a side is not compared with itself, but with another time of the same version", () => {
  const search = { service: "a", base: "1", version: "1" };
  expect(comparisonParameters(search, asked)).toBeUndefined();
  const later = { ...search, version_from: 5, version_to: 9 };
  expect(comparisonParameters(later, asked)).toMatchObject({ base_version: "1", version: "1" });
});

describe("a deploy is compared", () => {
  const deploy = { service: "order", version: "1.1", previous_version: "1.0", at_ms: 10 * HOUR };

  it("with the version before, as long before as after", () => {
    const range = { fromMs: 9.5 * HOUR, toMs: 12.5 * HOUR };
    expect(compareDeploy(deploy, range, 100 * HOUR)).toEqual({
      service: "order",
      base: "1.0",
      base_from: undefined,
      base_to: undefined,
      version: "1.1",
      version_from: undefined,
      version_to: undefined,
      from: String(7 * HOUR),
      to: String(13 * HOUR),
    });
  });

  it("for an hour at least, and not beyond now", () => {
    const range = { fromMs: 10 * HOUR - 1, toMs: 10 * HOUR + 1 };
    expect(compareDeploy(deploy, range, 10.25 * HOUR)).toMatchObject({
      from: String(9 * HOUR),
      to: String(10.25 * HOUR),
    });
  });

  it("with the time before it when no version is known", () => {
    const unknown = { ...deploy, previous_version: null };
    expect(compareDeploy(unknown, { fromMs: 0, toMs: HOUR }, 100 * HOUR)).toMatchObject({
      base: undefined,
      base_from: 9 * HOUR,
      base_to: 10 * HOUR,
      version: "1.1",
    });
  });
});
