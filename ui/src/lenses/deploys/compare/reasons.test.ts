import { expect, it } from "vitest";
import { bindFormats } from "@/design/use-format";
import type { EndpointComparison, ErrorClassComparison, TestResult } from "../deploys-api";
import { rankedEndpoints } from "./EndpointTable";
import { rankedClasses } from "./ErrorClasses";
import { pointsText, pValueText, ratioText, reasonsOf } from "./reasons";

const format = bindFormats({ language: "en", timeZone: "UTC", currency: "USD" });

function result(effect: number, more: Partial<TestResult> = {}): TestResult {
  return {
    method: "mann_whitney_u",
    p_value: 0.001,
    adjusted_p_value: 0.002,
    effect,
    effect_low: effect - 0.1,
    effect_high: effect + 0.1,
    significant: true,
    relevant: true,
    ...more,
  };
}

function endpoint(name: string, more: Partial<EndpointComparison> = {}): EndpointComparison {
  return {
    endpoint: name,
    kind: "server",
    base: null,
    other: null,
    verdict: "same",
    latency: null,
    tail: null,
    errors: null,
    since_ms: null,
    ...more,
  };
}

it("reasons are what is both significant and large enough", () => {
  const found = reasonsOf(
    endpoint("a", {
      latency: result(1.5),
      tail: result(1.02, { relevant: false }),
      errors: result(2),
    }),
  );
  expect(found.map(({ change, quantile }) => [change, quantile])).toEqual([
    ["slower", "p50"],
    ["more_errors", undefined],
  ]);
  expect(reasonsOf(endpoint("a", { latency: result(9, { significant: false }) }))).toEqual([]);
  expect(reasonsOf(endpoint("a", { tail: result(0.5) }))[0]?.change).toBe("faster");
  expect(reasonsOf(endpoint("a", { errors: result(-2) }))[0]?.change).toBe("fewer_errors");
});

it("effects are written with their interval, and an open end is said", () => {
  expect(ratioText(result(1.5), format)).toBe("×1.5 (1.4 – 1.6)");
  expect(ratioText(result(1.5, { effect_high: null }), format)).toBe("×1.5 (1.4 – –)");
  expect(pointsText(result(2), format)).toBe("+2 (+1.9 – +2.1)");
  expect(pointsText(result(-2), format)).toBe("−2 (−2.1 – −1.9)");
  expect(pointsText(result(0.0834, { effect_low: -0.001 }), format)).toBe("+0.08 (0 – +0.18)");
});

it("a tiny p-value is not written as zero", () => {
  expect(pValueText(0, format)).toBe("< 0.0001");
  expect(pValueText(0.031, format)).toBe("0.031");
  expect(pValueText(null, format)).toBe("–");
});

it("guilty endpoints come first, in the order of their guilt", () => {
  const rows = [
    endpoint("fine"),
    endpoint("second", { verdict: "worse" }),
    endpoint("better", { verdict: "better" }),
    endpoint("first", { verdict: "worse" }),
    endpoint("other worse", { verdict: "worse" }),
  ];
  expect(rankedEndpoints(rows, ["first", "second"]).map((it) => it.endpoint)).toEqual([
    "first",
    "second",
    "other worse",
    "better",
    "fine",
  ]);
});

it("new errors come before those that were there already", () => {
  const class_ = (fingerprint: string, status: ErrorClassComparison["status"], count: number) => ({
    fingerprint,
    error_type: "E",
    message_template: "m",
    status,
    base_count: 0,
    other_count: count,
    adjusted_p_value: null,
  });
  const classes = [
    class_("gone", "gone", 9),
    class_("few", "new", 1),
    class_("many", "new", 5),
    class_("more", "more", 9),
  ];
  expect(rankedClasses(classes).map((it) => it.fingerprint)).toEqual([
    "many",
    "few",
    "more",
    "gone",
  ]);
});
