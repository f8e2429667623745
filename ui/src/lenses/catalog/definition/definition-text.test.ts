import { expect, test } from "vitest";
import { HOSTILE } from "@/test-support/hostile-text";
import {
  type Described,
  definitionText,
  SCHEMA_VERSIONS,
  scalar,
  versionOf,
} from "./definition-text";

const UNKNOWN: Described = {
  name: "order",
  kind: "service",
  description: null,
  team: null,
  tier: null,
  lifecycle: null,
  type: null,
  languages: [],
  contacts: [],
  links: [],
  tags: [],
};
const KNOWN: Described = {
  name: "order",
  kind: "service",
  description: "주문: 접수와 조회",
  team: "commerce",
  tier: "1",
  lifecycle: "production",
  type: "web",
  languages: ["nodejs", "rust", "javascript"],
  contacts: [{ name: null, type: "slack", contact: "https://shop.slack.com/archives/C1" }],
  links: [{ name: "Source", type: "repo", provider: "Github", url: "https://git.example/order" }],
  tags: ["cost-center:7"],
};

test("what nobody said stands in a comment, never as a fact", () => {
  for (const version of SCHEMA_VERSIONS) {
    const facts = definitionText(version, UNKNOWN)
      .split("\n")
      .filter((line) => !/^\s*#/.test(line) && line !== "");
    expect(facts.join("\n")).not.toMatch(/my-team|example|lifecycle|spec/);
    expect(facts.some((line) => /(?:dd-service|name): order$/.test(line))).toBe(true);
  }
});

test("uncommented, the examples of the third version are a whole definition", () => {
  const lines = definitionText("v3", UNKNOWN).split("\n");
  const spec = lines.slice(lines.indexOf("# spec:")).map((line) => line.replace(/^# /, ""));
  expect(spec).toEqual([
    "spec:",
    "  lifecycle: production",
    '  tier: "1"',
    "  type: web",
    "  dependsOn:",
    "    - service:another-service",
    "",
  ]);
});

test("what is known is written as the third version has it", () => {
  expect(definitionText("v3", KNOWN)).toBe(
    `apiVersion: v3
kind: service
metadata:
  name: order
  owner: commerce
  description: "주문: 접수와 조회"
  contacts:
    - type: slack
      contact: "https://shop.slack.com/archives/C1"
  links:
    - name: Source
      type: repo
      provider: Github
      url: "https://git.example/order"
  tags:
    - "cost-center:7"
spec:
  lifecycle: production
  tier: "1"
  type: web
  languages:
    - js
    - rust
  # dependsOn:
  #   - service:another-service
`,
  );
});

test("what is no service is written as the third version, with its own name", () => {
  const text = definitionText("v2.2", { ...KNOWN, kind: "datastore", name: "datastore:orders" });
  expect(text).toContain("apiVersion: v3\nkind: datastore\nmetadata:\n  name: orders\n");
  expect(text).not.toMatch(/languages|dependsOn/);
});

test("an earlier version has only what its schema allows", () => {
  const [newest, middle, first] = (["v2.2", "v2.1", "v2"] as const).map((version) =>
    definitionText(version, KNOWN),
  );
  expect(newest).toContain("type: web\nlanguages:");
  expect(middle).not.toMatch(/^(?:type|languages):/m);
  expect(middle).toContain('tier: "1"');
  expect(first).not.toMatch(/^(?:description|lifecycle|tier|type|languages):/m);
  expect(first).not.toContain("provider");
  expect(first).toContain("links:\n  - name: Source\n    type: repo\n    url:");
});

test("text that YAML would read otherwise is quoted", () => {
  expect(["order", "결제 팀", "C++", "a/b.c"].map(scalar)).toEqual([
    "order",
    "결제 팀",
    "C++",
    "a/b.c",
  ]);
  expect(["1", "true", "No", "null", "a: b", "a #b", "- a", "", " a", "@a"].map(scalar)).toEqual([
    '"1"',
    '"true"',
    '"No"',
    '"null"',
    '"a: b"',
    '"a #b"',
    '"- a"',
    '""',
    '" a"',
    '"@a"',
  ]);
});

test("a hostile name stays one scalar", () => {
  for (const name of HOSTILE) {
    const line = definitionText("v2.2", { ...UNKNOWN, name }).split("\n")[1] ?? "";
    const value = line.replace("dd-service: ", "");
    expect(value.startsWith('"') ? JSON.parse(value) : value).toBe(name);
  }
});

test("a text tells in which version it is written", () => {
  for (const version of SCHEMA_VERSIONS) {
    expect(versionOf(definitionText(version, KNOWN))).toBe(version);
  }
  expect(versionOf('schema-version: "v2.1"')).toBe("v2.1");
  expect([versionOf("schema-version: v9"), versionOf("{}"), versionOf("")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
