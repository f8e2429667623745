/** The pages of the lens, drawn from answers whose every name is hostile; all of them stay text. */
import { QueryClient } from "@tanstack/react-query";
import {
  type AnyRoute,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
} from "@tanstack/react-router";
import { cleanup, screen, waitFor } from "@testing-library/react";
import type { ComponentType } from "react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { parseSearch, stringifySearch } from "@/common/search";
import { loadTexts, startI18n } from "@/i18n";
import { expectHarmless, giveRoom, HOSTILE, showRouter } from "@/test-support/hostile-text";
import ComparePage from "../deploys/compare/ComparePage";
import { validateCompareSearch } from "../deploys/compare-search";
import ServicesPage from "./list/ServicesPage";
import ServicePage from "./service/ServicePage";
import { SERVICE_TABS, validateServiceSearch, validateServicesSearch } from "./service-search";

// The client keeps the `fetch` of when it is imported.
const server = vi.hoisted(() => {
  const answering = { answer: (_path: string): Response => Response.error() };
  globalThis.fetch = async (input) =>
    answering.answer(new URL(input instanceof Request ? input.url : String(input)).pathname);
  return answering;
});
// It draws on what the simulated browser lacks.
vi.mock("uplot", () => {
  class Plot {
    static paths = {};
    static tzDate = (date: Date) => date;
    setData() {}
    setSize() {}
    redraw() {}
    destroy() {}
  }
  return { default: Plot };
});

const FIGURES = {
  requests: 1200,
  errors: 24,
  error_percent: 2,
  rate_per_second: 0.333,
  p50_ms: 12,
  p95_ms: 45,
  p99_ms: null,
  max_ms: 900,
  total_ms: 30_000,
};

/** What the API answers when each name is `text`. */
function answersOf(text: string): Record<string, unknown> {
  const lines = { requests: [1, 2], errors: [0, 1], p50_ms: [1, null], p95_ms: [2, 3] };
  const line = { ...lines, p99_ms: [3, 4], version: text };
  const node = { id: `external:${text}`, kind: "external", name: text, system: text };
  const dependency = {
    node,
    figures: FIGURES,
    asynchronous: true,
    endpoints: [{ endpoint: text, figures: FIGURES }],
  };
  const services = { ...FIGURES, service: text, versions: [text], environments: [text] };
  return {
    services: {
      services: [
        { ...services, last_seen_ms: 1, requests_series: [1], errors_series: [1], previous: null },
      ],
      truncated: false,
    },
    service: {
      service: text,
      figures: FIGURES,
      previous: { ...FIGURES, requests: 600, error_percent: 1 },
      versions: [{ version: text, requests: 1, first_seen_ms: 1, last_seen_ms: 2 }],
      environments: [text],
      languages: [text],
      infrastructure_from_ms: null,
      has_entry_spans: true,
      infrastructure: [{ key: text, values: [{ value: text, spans: 3 }], more: true }],
    },
    series: {
      from_ms: 0,
      bucket_ms: 1000,
      versions: [line],
      all: line,
      deploys: [{ version: text, at_ms: 1000 }],
    },
    endpoints: {
      endpoints: [
        { endpoint: text, kind: text, figures: FIGURES, share_percent: 100, previous: null },
      ],
      truncated: false,
      collapsed_names: 3,
    },
    latency: {
      buckets: [{ from_ms: 1, to_ms: 2, requests: 9, errors: 1 }],
      figures: FIGURES,
    },
    hits: {
      trace_ids: [text],
      span_ids: [text],
      times_ms: [5],
      durations_ms: [7],
      failed: [true],
      endpoints: [text],
      total: 10,
      sampled: true,
    },
    dependencies: { upstream: [dependency], downstream: [dependency], truncated: true },
    deploys: { deploys: [deployOf(text)] },
    errors: { issues: [issueOf(text)], total: 1, truncated: false },
    compare: comparisonOf(text),
  };
}

function deployOf(text: string) {
  return {
    service: text,
    version: text,
    previous_version: text,
    environments: [text],
    at_ms: 1000,
    last_seen_ms: 2000,
    requests: 5,
    error_percent: 1,
    p95_ms: 2,
    previous_error_percent: null,
    previous_p95_ms: null,
  };
}

function issueOf(text: string) {
  return {
    service: text,
    fingerprint: text,
    error_type: text,
    message: text,
    state: "regressed",
    count: 3,
    previous_count: 1,
    traces: 3,
    first_seen_ms: 1,
    last_seen_ms: 2,
    is_new: false,
  };
}

function comparisonOf(text: string) {
  const side = { version: text, from_ms: 0, to_ms: 1000, figures: FIGURES, spans: 600 };
  const test = {
    method: "mann_whitney_u",
    p_value: 0.001,
    adjusted_p_value: 0.01,
    effect: 2.5,
    effect_low: 2,
    effect_high: 3,
    significant: true,
    relevant: true,
  };
  return {
    service: text,
    base: side,
    other: side,
    verdict: "worse",
    guilty_endpoints: [text],
    endpoints: [
      {
        endpoint: text,
        kind: text,
        base: FIGURES,
        other: FIGURES,
        verdict: "worse",
        latency: test,
        tail: null,
        errors: null,
      },
    ],
    error_classes: [
      {
        fingerprint: text,
        error_type: text,
        message_template: text,
        status: "new",
        base_count: 0,
        other_count: 3,
        adjusted_p_value: null,
      },
    ],
    truncated: true,
    error_classes_truncated: false,
    methods: {
      level: 0.05,
      requests_min: 30,
      latency_ratio_min: 1.1,
      latency_difference_ms_min: 5,
      error_points_min: 0.5,
    },
  };
}

function answerTo(path: string, text: string): Response {
  const last = path.split("/").at(-1) ?? "";
  const answers = answersOf(text);
  const known = Object.hasOwn(answers, last) ? last : "service";
  return Response.json(answers[known]);
}

beforeAll(async () => {
  giveRoom();
  await startI18n("en");
  await Promise.all([loadTexts("services"), loadTexts("deploys")]);
});
afterEach(cleanup);

function show(address: string, text: string) {
  showAnswers(address, (path) => answerTo(path, text));
}

function showAnswers(address: string, answer: (path: string) => Response) {
  server.answer = answer;
  const root = createRootRoute();
  const shell = createRoute({ getParentRoute: () => root, id: "shell" });
  const page = (path: string, component: ComponentType, validateSearch: object) =>
    createRoute({
      getParentRoute: () => shell as never,
      path,
      component,
      validateSearch,
    } as never);
  const pages = [
    page("/services", ServicesPage, validateServicesSearch),
    page("/services/$service", ServicePage, validateServiceSearch),
    page("/deploys/compare", ComparePage, validateCompareSearch),
  ];
  root.addChildren([shell.addChildren(pages as never)] as never);
  const router = createRouter({
    routeTree: root as AnyRoute,
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
  });
  showRouter(router, new QueryClient({ defaultOptions: { queries: { retry: false } } }));
}

it.each(HOSTILE)("the list shows a service %j as text that leads to its page", async (text) => {
  show("/services", text);
  const link = await screen.findByRole("link", { name: text });
  const [, place, name, ...more] = link.getAttribute("href")?.split("/") ?? [];
  expect([place, decodeURIComponent(name ?? ""), more]).toEqual(["services", text, []]);
  expectHarmless();
});

const tabsOfHostile = HOSTILE.flatMap((text) => SERVICE_TABS.map((tab) => [tab, text] as const));
it.each(tabsOfHostile)("the tab %s of a service shows %j as text", async (tab, text) => {
  const search = tab === "hits" ? "&box=,,1," : tab === "endpoints" ? "&endpoint=x" : "";
  show(`/services/${encodeURIComponent(text)}?tab=${tab}${search}`, text);
  const heading = await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(heading.textContent).toBe(text));
  await screen.findByText("▲ 100%");
  await waitFor(() => expect(document.querySelector(".mantine-Skeleton-root")).toBeNull());
  expectHarmless();
});

it.each(HOSTILE)("a comparison shows %j as text, and names it guilty", async (text) => {
  const of = encodeURIComponent(text);
  show(`/deploys/compare?service=${of}&base=${of}&version=${of}+`, text);
  expect(await screen.findByText("This endpoint got worse:")).toBeDefined();
  const alert = document.querySelector(".compare-verdict");
  expect(alert?.textContent).toContain(`${text} is worse than ${text}`);
  expect(alert?.textContent).toContain("slower, p50 ×2.5 (2 – 3), p 0.01");
  expectHarmless();
});

it("an unknown service is explained", async () => {
  showAnswers("/services/nobody", () =>
    Response.json({ error: { code: "not_found", message: "nowhere" } }, { status: 404 }),
  );
  expect(await screen.findByText("No service “nobody” is known")).toBeDefined();
  expect(screen.getByRole("link", { name: "See all services" })).toBeDefined();
});

it("a service leads to what the catalog says of it", async () => {
  show("/services/order", "order");
  const link = await screen.findByRole("link", { name: "Owner and definition" });
  expect(link.getAttribute("href")).toBe("/catalog/order");
});

it("tables of requests lead to their traces", async () => {
  show("/services/order?tab=hits&box=,,1,", "abcdef0123456789");
  const table = await screen.findByRole("table", { name: "Requests in the box" });
  await waitFor(() => expect(table.textContent).toContain("✕ Failed"));
  expect(table.querySelector("a")?.getAttribute("href")).toBe(
    "/traces/abcdef0123456789?span=abcdef0123456789",
  );
});
