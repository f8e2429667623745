import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import {
  bodyOfForm,
  NEW_PIPELINE,
  newPipelineId,
  parseRules,
  readPipeline,
  sortPipelines,
  sumCounters,
  withRule,
} from "./pipeline-model";

test("a document becomes a form and the same document again", () => {
  const body = {
    name: "주문",
    order: 5,
    enabled: false,
    match: "service:order",
    rules: [{ action: "drop" }],
  };
  expect(bodyOfForm(readPipeline({ body }))).toEqual(body);
});

test("what a document leaves out has the value that the server takes", () => {
  const form = readPipeline({ body: { name: "a", rules: [] } });
  expect(form).toEqual({ ...NEW_PIPELINE, name: "a", isEnabled: true });
  expect(bodyOfForm(form)).toEqual({ name: "a", order: 100, enabled: true, rules: [] });
});

test("rules that are no list are refused, and stay as they were typed", () => {
  expect([parseRules("{"), parseRules("{}"), parseRules("[]")]).toEqual([undefined, undefined, []]);
  expect(bodyOfForm({ ...NEW_PIPELINE, rules: "[" })).toBeUndefined();
  expect(withRule("[", { action: "drop" })).toBe("[");
  expect(parseRules(withRule('[{"action":"drop"}]', { action: "redact" }))).toEqual([
    { action: "drop" },
    { action: "redact" },
  ]);
});

test("an id is made of what the address can hold", () => {
  expect(newPipelineId("Drop Health checks!")).toMatch(/^drop-health-checks-[0-9a-f]{6}$/);
  expect(newPipelineId("주문")).toMatch(/^pipeline-[0-9a-f]{6}$/);
});

test("pipelines are listed in the order in which they are applied", () => {
  const document = (id: string, order?: number) =>
    ({ id, body: { name: id, order, rules: [] } }) as unknown as Schemas["Document"];
  const sorted = sortPipelines([document("b"), document("a"), document("z", 1)]);
  expect(sorted.map((it) => it.id)).toEqual(["z", "a", "b"]);
});

test("the cost of a pipeline is the time of all its rules for a record that comes to them", () => {
  const rule = {
    name: "",
    evaluated: 20,
    matched: 10,
    changed: 0,
    dropped_records: 4,
    dropped_bytes: 100,
    dropped_errors: 0,
    sampled_out: 0,
    quota_dropped: 0,
    redactions: 1,
    failed: 2,
    nanoseconds: 5_000,
  };
  expect(sumCounters([rule, rule])).toEqual({
    matched: 20,
    droppedRecords: 8,
    droppedBytes: 200,
    redactions: 2,
    failed: 4,
    nanosecondsPerRecord: 500,
  });
  expect(sumCounters([]).nanosecondsPerRecord).toBeNull();
});
