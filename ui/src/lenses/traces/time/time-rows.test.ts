import { expect, it } from "vitest";
import type { TimeRow } from "../traces-api";
import { byOperation, byService } from "./time-rows";

function row(service: string, operation: string, selfMs: number, criticalMs: number): TimeRow {
  return {
    ...{ service, operation, kind: "server", peer: null, spans: 2, errors: 1 },
    ...{ self_ms: selfMs, self_percent: selfMs / 2 },
    ...{ critical_ms: criticalMs, critical_percent: criticalMs },
  };
}

const rows = [
  row("web", "GET /", 90, 40),
  row("order", "POST", 70, 30),
  row("order", "GET", 40, 1),
];

it("rows of a service are summed up, the largest first", () => {
  const services = byService(rows);
  expect(services.map((it) => [it.service, it.self_ms, it.self_percent])).toEqual([
    ["order", 110, 55],
    ["web", 90, 45],
  ]);
  expect([services[0]?.spans, services[0]?.errors, services[0]?.critical_ms]).toEqual([4, 2, 31]);
  expect(services[0]?.operation).toBe("");
});

it("the rows that are summed up stay as they were", () => {
  byService(rows);
  expect(rows.map((it) => it.self_ms)).toEqual([90, 70, 40]);
});

it("each operation has a key of its own, also when two are named alike", () => {
  const twice = byOperation([row("web", "GET /", 1, 1), row("web", "GET /", 2, 1)]);
  expect(new Set(twice.map((it) => it.key)).size).toBe(2);
});
