import { beforeEach, expect, it } from "vitest";
import { readDraft, writeDraft } from "./drafts";
import { readView, viewBody } from "./saved-views";

beforeEach(() => sessionStorage.clear());

it("a draft lasts until it is forgotten", () => {
  writeDraft("a", { sql: "select 1", revision: 2 });
  expect(readDraft("a")).toEqual({ sql: "select 1", revision: 2 });
  expect(readDraft("b")).toBeUndefined();
  writeDraft("a", undefined);
  expect(readDraft("a")).toBeUndefined();
});

it("a broken draft is as if there were none", () => {
  sessionStorage.setItem("hannun-query-draft a", "{");
  expect(readDraft("a")).toBeUndefined();
  sessionStorage.setItem("hannun-query-draft a", '{"sql":1}');
  expect(readDraft("a")).toBeUndefined();
});

it("a view is read back as it was written", () => {
  const content = {
    title: " 느린 서비스 ",
    description: "",
    sql: "select 1",
    chart: { kind: "bar", x: "a", y: ["b"], series: undefined } as const,
  };
  const body = viewBody("view-1", { ...content, chart: { ...content.chart, y: ["b"] } });
  expect(body).toEqual({
    title: "느린 서비스",
    lens: "query",
    path: "/query/view-1",
    sql: "select 1",
    chart: { kind: "bar", x: "a", y: ["b"] },
  });
  const document = {
    kind: "saved-view",
    id: "view-1",
    revision: 3,
    author: "u",
    time_ms: 1,
    message: "",
    source: null,
    deleted: false,
    body,
  };
  expect(readView(document)).toMatchObject({
    title: "느린 서비스",
    chart: { kind: "bar", x: "a", y: ["b"] },
  });
  expect(readView({ ...document, body: { chart: { kind: "pie" } } }).chart).toBeUndefined();
});
