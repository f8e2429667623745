import { expect, test } from "vitest";
import en from "@/i18n/en/system.json";
import ko from "@/i18n/ko/system.json";
import { reasonKey, sumCounts } from "./datadog-texts";

const ENDPOINTS = [
  ...["/telemetry/proxy/", "/api/v2/apmtelemetry", "/tracer_flare/v1", "/v0.1/pipeline_stats"],
  ...["/api/v0.1/pipeline_stats", "/symdb/v1/input", "/openlineage/", "/dogstatsd/v2/proxy"],
  ...["/appsec/", "/evp_proxy/", "/services", "/v0.6/stats", "/debugger/v1/input"],
  ...["/api/v2/dbmmetrics", "/api/v2/databasequery", "/api/v2/ndm", "/api/v2/netpath"],
  ...["/api/v1/collector", "/api/v2/proclcycle", "/api/v1/container", "/api/v2/contlcycle"],
  ...["/api/v2/contimage", "/api/v2/sbom", "/api/v1/connections", "/api/v2/orchmanif"],
  ...["/intake/", "/api/v1/metadata", "/api/v1/tags/hosts/{host}", "/api/v2/agenthealth"],
];

test.each(ENDPOINTS)("why %s is not kept is said in both languages", (endpoint) => {
  const key = reasonKey(endpoint) as keyof typeof en.datadog.reason;
  expect(en.datadog.reason[key]).toBeTruthy();
  expect(ko.datadog.reason[key]).toMatch(/[가-힣]/);
});

test("an endpoint that nobody has described is told in the server's words", () => {
  expect(reasonKey("/api/v9/new")).toBeUndefined();
});

test("counts of all reasons are one number", () => {
  expect(sumCounts([])).toBe(0);
  expect(sumCounts([{ count: 2 }, { count: 3 }])).toBe(5);
});
