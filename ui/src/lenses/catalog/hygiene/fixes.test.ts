import { expect, test } from "vitest";
import { RULES } from "../catalog-search";
import { fixesOf } from "./fixes";

const about = (rule: (typeof RULES)[number], where_to_fix: "tracer" | "agent" | "sender") => ({
  rule,
  where_to_fix,
  subject: "order",
  related: [],
});
const settings = (...finding: Parameters<typeof about>) =>
  fixesOf(about(...finding)).map((it) => it.setting);

test("the settings are those of whoever sends it", () => {
  expect(settings("environment_missing", "tracer")).toEqual(["DD_ENV", "env:"]);
  expect(settings("environment_missing", "agent")).toEqual(["env:", "DD_ENV"]);
  expect(settings("environment_none", "sender")).toEqual([
    "OTEL_RESOURCE_ATTRIBUTES",
    "processors.resource",
  ]);
  expect(settings("version_missing", "tracer")).toEqual(["DD_VERSION"]);
  expect(settings("version_missing", "sender")).toEqual(["OTEL_RESOURCE_ATTRIBUTES"]);
  expect(settings("host_environment_mixed", "agent")[0]).toBe("env:");
});

test("every rule has a fix that says what to write", () => {
  for (const rule of RULES) {
    const fixes = (["tracer", "agent", "sender"] as const).flatMap((it) =>
      fixesOf(about(rule, it)),
    );
    expect(fixes.length, rule).toBeGreaterThan(0);
    expect(fixes.every((it) => it.code !== "" && it.setting !== "")).toBe(true);
  }
});

test("what is set is the attribute that the rule looks at", () => {
  const codes = fixesOf(about("version_missing", "sender")).map((it) => it.code);
  expect(codes[0]).toBe("OTEL_RESOURCE_ATTRIBUTES=service.version=1.4.2");
  expect(fixesOf(about("environment_missing", "sender"))[0]?.code).toBe(
    "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production",
  );
});

test("a name that looks like another is corrected to that one, also when a shell reads it", () => {
  const alike = { ...about("near_duplicate_name", "tracer"), subject: "Order" };
  expect(fixesOf({ ...alike, related: ["order"] })[0]?.code).toBe("DD_SERVICE=order");
  expect(fixesOf({ ...alike, related: ["o'; rm -rf /"] })[0]?.code).toBe(
    "DD_SERVICE='o'\\''; rm -rf /'",
  );
});

test("a definition is begun with the name of the service", () => {
  const finding = { ...about("undeclared", "sender"), subject: "주문: api" };
  expect(fixesOf(finding)[0]?.code).toContain('  name: "주문: api"\n');
});
