/** The details of a span: from the trace when it came with them, else asked for. */
import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import { show } from "@/test-support/hostile-text";
import { type LoadedTrace, loadedTrace } from "./load-trace";
import { SpanPanel } from "./SpanPanel";
import { TraceProblems } from "./TraceProblems";
import { type FixtureSpan, fixtureTrace } from "./trace-fixture";

/** Stands in for a server without a bill; the client of the API takes `fetch` when it is imported. */
const server = vi.hoisted(() => {
  const it = { asked: [] as string[], answer: {} as unknown };
  globalThis.fetch = async (request) => {
    const { url } = request as Request;
    if (url.includes("/api/v1/cost/")) {
      return Response.json({ currency: "USD", total: "0", spans: [], missing: [] });
    }
    it.asked.push(url);
    return Response.json(it.answer);
  };
  return it;
});

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("traces");
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  server.asked = [];
});

const SPANS: FixtureSpan[] = [
  { id: "root", start: 0, duration: 100 },
  {
    ...{ id: "late", parent: 0, start: 20_000_000, duration: 5, skew: 55_000_000 },
    ...{ problem: "duplicate_id", isError: true },
    detail: { attributes: { "user.id": "u-17" }, status_message: "refused" },
  },
];

function showSpan(loaded: LoadedTrace) {
  show(
    <>
      <TraceProblems facts={loaded.facts} shown={loaded.tree.count} />
      <SpanPanel loaded={loaded} row={1} colors={new Map()} onOpen={() => {}} />
    </>,
  );
}

it("a span of a small trace is shown with what came with it", async () => {
  showSpan(loadedTrace(fixtureTrace(SPANS)));
  expect(await screen.findByText("u-17")).toBeDefined();
  expect(screen.getByText("refused")).toBeDefined();
  expect(server.asked).toEqual([]);
});

it("a span of a large trace is asked for by its id and its recorded start", async () => {
  const trace = fixtureTrace(SPANS);
  const [, detail] = trace.details;
  server.answer = { name: "late", detail: { ...detail, attributes: { a: "from afar" } } };
  showSpan(loadedTrace({ ...trace, whole: false, details: [] }));
  expect(await screen.findByText("from afar")).toBeDefined();
  expect(server.asked).toHaveLength(1);
  expect(server.asked[0]).toContain(
    `/api/v1/traces/${trace.trace_id}/spans/late?start_ns=1699999999965000000`,
  );
});

it("a span that names its line of code leads to a probe on it, and no other does", async () => {
  const attributes = { "code.file.path": "shop/orders.py", "code.line.number": 17 };
  const [root, late] = SPANS as [FixtureSpan, FixtureSpan];
  const named = {
    ...late,
    detail: { attributes, resource: { "telemetry.sdk.language": "python" } },
  };
  showSpan(loadedTrace(fixtureTrace([root, named])));
  const link = await screen.findByRole("link", { name: "Probe shop/orders.py:17" });
  const search = new URL(link.getAttribute("href") ?? "", "http://a").searchParams;
  expect([
    search.get("probe"),
    search.get("language"),
    search.get("file"),
    search.get("line"),
  ]).toEqual(["new", "python", "shop/orders.py", "17"]);
  cleanup();
  showSpan(loadedTrace(fixtureTrace(SPANS)));
  await screen.findByText("u-17");
  expect(screen.queryByRole("link", { name: /^Probe / })).toBeNull();
});

it("a corrected clock is told with what was recorded, a problem with what it is", async () => {
  showSpan(loadedTrace(fixtureTrace(SPANS)));
  expect(
    await screen.findByText(/Recorded at −35 ms, shown at \+20 ms: moved by \+55 ms/),
  ).toBeDefined();
  expect(screen.getByText("Duplicate id")).toBeDefined();
});

it("the head counts what is wrong, and says how many spans are left out", async () => {
  const trace = fixtureTrace(SPANS);
  const problems = { ...trace.problems, missing_parent: 3, skewed: 1 };
  showSpan(loadedTrace({ ...trace, problems, truncated: true, total_spans: 1_000_000 }));
  expect(await screen.findByText("Spans whose parent is missing: 3.")).toBeDefined();
  expect(screen.getByText("Spans with a corrected clock: 1.")).toBeDefined();
  expect(screen.getByText(/The trace has 1,000,000 spans; the first 2 by start/)).toBeDefined();
  expect(screen.queryByText(/Circles of parents/)).toBeNull();
});
