import { expect, test } from "vitest";
import type { CatalogRuleResult, Finding } from "../catalog-api";
import { CSV_COLUMNS, csvLines, fixesOfGroup, ruleGroups, rulesKept } from "./hygiene-model";

const finding = (rule: Finding["rule"], subject: string, more: Partial<Finding> = {}): Finding => ({
  rule,
  level: "should",
  subject_kind: "service",
  subject,
  team: null,
  related: [],
  likeness: null,
  share_percent: null,
  rows: 0,
  last_seen_ms: null,
  where_to_fix: "tracer",
  ...more,
});
const rule = (name: Finding["rule"], findings: number): CatalogRuleResult => ({
  rule: name,
  findings,
  subjects_checked: 10,
  passed_percent: 100 - findings * 10,
});
const hygiene = {
  rules: [rule("version_missing", 3), rule("undeclared", 1), rule("owner_missing", 0)],
  findings: [
    finding("version_missing", "b", { share_percent: 20, rows: 5 }),
    finding("version_missing", "a", { share_percent: 20, rows: 5 }),
    finding("version_missing", "c", { share_percent: 3, rows: 900, level: "must" }),
    finding("undeclared", "x"),
  ],
};

test("rules come in their order, what must be fixed and breaks most first", () => {
  const shape = ruleGroups(hygiene).map((it) => [it.rule, it.findings.map((one) => one.subject)]);
  expect(shape).toEqual([
    ["undeclared", ["x"]],
    ["version_missing", ["c", "a", "b"]],
  ]);
});

test("a rule that nothing breaks is said to be kept", () => {
  expect(rulesKept(hygiene).map((it) => it.rule)).toEqual(["owner_missing"]);
});

test("the fixes of a group are said once, for any service", () => {
  const findings = [
    finding("near_duplicate_name", "Order", { related: ["order"] }),
    finding("near_duplicate_name", "Cart", { related: ["cart"], where_to_fix: "sender" }),
  ];
  expect(fixesOfGroup({ findings }).map((it) => it.code)).toEqual([
    "DD_SERVICE=my-service",
    "OTEL_SERVICE_NAME=my-service",
  ]);
});

test("a line of the file names the subject, its team and the exact setting", () => {
  const groups = ruleGroups({
    rules: [rule("environment_none", 1)],
    findings: [
      finding("environment_none", "order", {
        team: "commerce",
        share_percent: 12.5,
        rows: 40,
        last_seen_ms: Date.UTC(2026, 10, 21, 3),
        related: ["Order"],
      }),
    ],
  });
  const words = {
    rule: (it: string) => `rule ${it}`,
    level: (it: string) => it,
    kind: (it: string) => it,
    place: (it: string) => it,
  };
  const [line] = csvLines(groups, words);
  expect(line).toEqual([
    "rule environment_none",
    "should",
    "service",
    "order",
    "commerce",
    12.5,
    40,
    "2026-11-21T03:00:00.000Z",
    "datadog_library",
    "DD_ENV",
    "Order",
  ]);
  expect(line).toHaveLength(CSV_COLUMNS.length);
});
