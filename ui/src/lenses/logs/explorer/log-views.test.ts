import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { readLogView, viewPath } from "./log-views";

function document(body: Record<string, unknown>): Schemas["Document"] {
  return { id: "v", revision: 2, author: "지은", time_ms: 5, body } as Schemas["Document"];
}

test("a view keeps the search, and not what is open beside it", () => {
  expect(viewPath("/logs", "?q=a+b&record=1&tab=json&tail=true&from=1h")).toBe(
    "/logs?q=a+b&from=1h",
  );
  expect(viewPath("/logs", "")).toBe("/logs");
});

test("only places in this lens are opened", () => {
  const at = (path: string) => readLogView(document({ lens: "logs", title: "x", path }))?.path;
  expect(at("/logs?q=a")).toBe("/logs?q=a");
  expect(at("/logs/patterns")).toBe("/logs/patterns");
  expect([at("/logsx"), at("//evil"), at("https://evil"), at("/query")]).toEqual(
    Array(4).fill(undefined),
  );
  expect(readLogView(document({ lens: "query", title: "x", path: "/logs" }))).toBeUndefined();
});
