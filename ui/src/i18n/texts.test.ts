// @vitest-environment node
/** Both languages say the same things, every key that is used exists, and no text is outside. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** Product names and signs that are the same in every language. */
const SAME_EVERYWHERE = /^[\s\d\p{P}\p{S}]*$/u;

function keysOf(value: unknown, path = ""): Map<string, string> {
  if (typeof value === "string") {
    return new Map([[path, value]]);
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return new Map(entries.flatMap(([name, it]) => [...keysOf(it, path ? `${path}.${name}` : name)]));
}

function texts(language: string, namespace: string): Map<string, string> {
  const file = join(SOURCE, "i18n", language, `${namespace}.json`);
  return keysOf(JSON.parse(readFileSync(file, "utf8")));
}

function withoutPlural(keys: Iterable<string>): string[] {
  return [...new Set([...keys].map((key) => key.replace(PLURAL, "")))].sort();
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
}

const namespaces = readdirSync(join(SOURCE, "i18n/en")).map((it) => it.replace(/\.json$/, ""));
const sources = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
  (path) => /\.tsx?$/.test(path) && !/\.test\.|\.d\.ts$/.test(path),
);

describe.each(namespaces)("texts of %s", (namespace) => {
  const [en, ko] = [texts("en", namespace), texts("ko", namespace)];

  test("exist in both languages", () => {
    expect(withoutPlural(ko.keys())).toEqual(withoutPlural(en.keys()));
  });

  test("have the plural forms of their language", () => {
    for (const key of en.keys()) {
      if (key.endsWith("_one")) {
        expect([...en.keys()]).toContain(key.replace(PLURAL, "_other"));
        expect([...ko.keys()]).toContain(key.replace(PLURAL, "_other"));
      }
    }
  });

  test("fill in the same values, and none is empty", () => {
    for (const [key, text] of ko) {
      const other = en.get(key) ?? "";
      expect(text.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(other));
    }
  });
});

test("every key that is written out in a page exists", () => {
  const missing: string[] = [];
  for (const path of sources.filter((it) => it.endsWith(".tsx"))) {
    const text = readFileSync(join(SOURCE, path), "utf8");
    const used = [...text.matchAll(/(?<![\w.])(t|common)\("([\w.-]+)"/g)].map((it) => it[2] ?? "");
    const named = [...text.matchAll(/useTranslation\((?:"([\w-]+)")?\)/g)];
    // A part of a page that is handed its `t` may use the texts of any area.
    const spaces = named.length === 0 ? namespaces : named.map((it) => it[1] ?? "common");
    const keys = spaces.flatMap((it) => withoutPlural(texts("en", it).keys()));
    missing.push(...used.filter((key) => !keys.includes(key)).map((key) => `${path}: ${key}`));
  }
  expect(missing).toEqual([]);
});

test("no visible text is outside of the language files", () => {
  const outside: string[] = [];
  const visible = />([^<>{}=;()]+)<\/|\b(?:label|title|placeholder|aria-label|alt)="([^"]+)"/g;
  for (const path of sources.filter((it) => it.endsWith(".tsx"))) {
    const text = readFileSync(join(SOURCE, path), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const match of text.matchAll(visible)) {
      const found = match[1] ?? match[2] ?? "";
      if (!SAME_EVERYWHERE.test(found)) {
        outside.push(`${path}: ${found.trim()}`);
      }
    }
  }
  expect(outside).toEqual([]);
});
