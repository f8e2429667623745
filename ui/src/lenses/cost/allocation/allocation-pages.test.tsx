/** Allocation, unit cost and containers over answers of the API: what they say, ask and save. */
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import type { Asked } from "@/test-support/fake-server";
import { giveRoom, HOSTILE } from "@/test-support/hostile-text";
import { showPages } from "@/test-support/show-pages";
import ContainersPage from "../containers/ContainersPage";
import { validateContainers } from "../containers/containers-search";
import UnitsPage from "../units/UnitsPage";
import { validateUnits } from "../units/units-search";
import AllocationPage from "./AllocationPage";
import { validateAllocation } from "./allocation-search";
import TagPage from "./TagPage";

const server = await vi.hoisted(async () =>
  (await import("@/test-support/fake-server")).fakeServer(),
);

const DAY_MS = 86_400_000;
const OCTOBER = Date.UTC(2026, 9, 1);

const SNAPSHOT = {
  id: "01",
  source: "aws",
  provider: "AWS",
  period_start_ms: OCTOBER,
  period_end_ms: OCTOBER + 31 * DAY_MS,
  manifest_id: "m",
  imported_ms: OCTOBER + 32 * DAY_MS,
  current: true,
  rows: 10,
  bytes: 10,
  currency_totals: [
    { currency: "USD", billed: "100", effective: "100", list: "1", contracted: "1" },
  ],
  restated: null,
  findings: [],
};

const DIMENSIONS = [
  { name: "service_name", title_key: "service_name", kind: "column", values: 3, coverage: 1 },
  { name: "virtual:team", title_key: "team", kind: "virtual", values: 2, coverage: 0.6 },
];

const TEAM = {
  kind: "cost-virtual-tag",
  id: "team",
  revision: 3,
  body: {
    name: "team",
    normalise: "none",
    rules: [
      {
        when: [{ dimension: "service_name", operator: "is", values: ["AmazonEC2"] }],
        // biome-ignore lint/suspicious/noThenProperty: the document calls it so
        then: { set: "platform" },
      },
    ],
  },
  deleted: false,
  author: "Lee",
  time_ms: OCTOBER,
  message: null,
  source: null,
};

const ALLOCATION = {
  tag: "virtual:team",
  currency: "USD",
  metric: "effective",
  total: "100.05",
  rows: HOSTILE.map((value) => ({
    value,
    direct: "5.01",
    shared: "1.02",
    idle: "0.01",
    total: "6.04",
    share: 0.06,
  })),
  unallocated: "40.01",
  shared_pool: "10.02",
  idle: "0.01",
  coverage: 0.6,
  checked: true,
  worklist: [
    {
      service_name: "AmazonRDS",
      sub_account_id: "111122223333",
      sub_account_name: null,
      resource_id: null,
      resources: 0,
      x_usage_type: "InstanceUsage:db.r6g",
      cost: "40.01",
      share: 0.4,
      lines: 31,
    },
  ],
  shared: [
    {
      name: "support",
      cost: "10.02",
      split: "even",
      metric: null,
      problem: null,
      parts: [{ value: "a", cost: "10.02", weight: 1 }],
    },
  ],
  others: null,
  rates: [],
  missing: [],
  problems: [],
  sql: "SELECT 1",
};

beforeAll(async () => {
  giveRoom();
  await startI18n("en");
  const areas = ["cost", "cost-allocation", "cost-units", "cost-containers"] as const;
  await Promise.all(areas.map((area) => loadTexts(area)));
});
beforeEach(() => {
  const user = { id: "u1", name: "지은", email: "a@b.example", role: "editor" };
  queryClient.setQueryData(sessionQuery.queryKey, { user } as never);
});
afterEach(() => {
  cleanup();
  queryClient.clear();
});

type Answers = Record<string, (asked: Asked) => unknown>;

function show(address: string, answers: Answers) {
  const asked: Asked[] = [];
  const all: Answers = {
    "/api/v1/cost/snapshots": () => ({ snapshots: [SNAPSHOT] }),
    "/api/v1/cost/dimensions": () => ({ dimensions: DIMENSIONS }),
    "/api/v1/cost/dimensions/values": () => ({ values: [{ value: "AmazonEC2", cost: "1" }] }),
    "/api/v1/documents": () => [TEAM],
    ...answers,
  };
  server.answer = async (question) => {
    asked.push(question);
    const answer = all[question.path]?.(question);
    return answer === undefined ? new Response(null, { status: 404 }) : Response.json(answer);
  };
  const router = showPages(address, [
    ["/cost/allocation", AllocationPage, validateAllocation],
    ["/cost/allocation/$tag", TagPage, validateAllocation],
    ["/cost/units", UnitsPage, validateUnits],
    ["/cost/containers", ContainersPage, validateContainers],
  ]);
  return { asked, router };
}

it("cost is given to teams first, and the parts and the worklist are shown", async () => {
  const { asked } = show("/cost/allocation", { "/api/v1/cost/allocation": () => ALLOCATION });
  const sums = await screen.findByRole("region", { name: "How the bill is given out" });
  expect(sums.textContent).toContain("$100.05");
  expect(sums.textContent).toContain("$40.01");
  expect(within(sums).getByText(/the parts sum to the bill/)).toBeDefined();
  for (const text of HOSTILE) {
    expect(document.body.textContent).toContain(text);
  }
  expect(screen.getByText("InstanceUsage:db.r6g")).toBeDefined();
  const question = asked.find(({ path }) => path === "/api/v1/cost/allocation") as Asked;
  const parameters = ["tag", "from_ms", "to_ms", "metric"].map((name) => question.search.get(name));
  expect(parameters).toEqual([
    "virtual:team",
    String(OCTOBER),
    String(OCTOBER + 31 * DAY_MS),
    "effective",
  ]);
});

it("rules are tried with what is written, and saved against the revision that was seen", async () => {
  const example = {
    service_name: "AmazonEC2",
    sub_account_id: "111122223333",
    sub_account_name: null,
    x_usage_type: "BoxUsage:m5.large",
    value: "data",
    cost: "12.5",
  };
  const tried = {
    currency: "USD",
    before: { coverage: 0.5 },
    after: { coverage: 0.75 },
    moved: [{ from: null, to: "data", cost: "12.5" }],
    rules: [{ index: 0, cost: "12.5", lines: 4, examples: [example] }],
    unmatched: "25",
    problems: [],
  };
  const { asked } = show("/cost/allocation/team", {
    "/api/v1/cost/allocation/try": () => tried,
    "/api/v1/documents/cost-virtual-tag/team": () => ({ ...TEAM, revision: 4 }),
  });
  const rule = await screen.findByRole("group", { name: "Rule 1" });
  fireEvent.change(within(rule).getByLabelText("Value"), { target: { value: "data" } });
  fireEvent.click(screen.getByRole("button", { name: "Try on the period above" }));
  const result = await screen.findByRole("region", { name: "What these rules would have done" });
  expect(result.textContent).toContain("$12.50");
  expect(result.textContent).toContain("AmazonEC2, 111122223333, BoxUsage:m5.large → data");
  const [question] = asked.filter(({ path }) => path.endsWith("/try"));
  expect(question?.body).toMatchObject({
    from_ms: OCTOBER,
    tag: { name: "team" },
  });
  expect(JSON.stringify(question?.body)).toContain('"then":{"set":"data"}');
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(asked.some(({ method }) => method === "PUT")).toBe(true));
  const put = asked.find(({ method }) => method === "PUT");
  expect(JSON.stringify(put?.body)).toContain('"then":{"set":"data"}');
  expect(put?.body).toMatchObject({
    expected_revision: 3,
    body: { name: "team" },
  });
});

it("a new tag says what is still open before it can be tried or saved", async () => {
  show("/cost/allocation/+new", {});
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "stage" } });
  expect(await screen.findByText("Add a rule first.")).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Add a rule" }));
  expect(await screen.findByText(/has no dimension or no value yet/)).toBeDefined();
  const save: HTMLButtonElement = screen.getByRole("button", { name: "Save" });
  expect(save.disabled).toBe(true);
});

it("without a business metric the page says how to send one", async () => {
  show("/cost/units", { "/api/v1/business-metrics": () => ({ metrics: [] }) });
  expect(await screen.findByText("Nothing to divide by yet")).toBeDefined();
  expect(document.body.textContent).toContain("/api/v1/business-metrics");
});

it("a unit cost is shown with the parts of its change", async () => {
  const total = { key: null, cost: "100", quantity: "50", unit_cost: "2", points: [] };
  const { asked } = show("/cost/units", {
    "/api/v1/business-metrics": () => ({
      metrics: [{ name: "orders", unit: "{order}", dimensions: [], last_ms: OCTOBER, points: 3 }],
    }),
    "/api/v1/cost/units": () => ({
      currency: "USD",
      metric: "orders",
      unit: "{order}",
      quantity_by_key: true,
      rows: [total],
      total,
      left_out: { parts_without_quantity: 1, cost: "3", parts_without_cost: 0, quantity: "0" },
      rates: [],
      missing: [],
    }),
    "/api/v1/cost/units/explain": () => ({
      currency: "USD",
      before: { cost: "60", quantity: "40", unit_cost: "1.5" },
      after: { cost: "100", quantity: "50", unit_cost: "2" },
      change: "0.5",
      parts: [
        { kind: "volume", key: null, is_others: false, amount: "-0.3" },
        { kind: "rate", key: "AmazonEC2", is_others: false, amount: "0.8" },
      ],
      sums_exactly: true,
    }),
  });
  expect(await screen.findByText("Price · AmazonEC2")).toBeDefined();
  expect(document.body.textContent).toContain("+$0.80");
  expect(document.body.textContent).toContain("-$0.30");
  const question = asked.find(({ path }) => path.endsWith("/explain"));
  const september = Date.UTC(2026, 8, 1);
  expect(question?.body).toMatchObject({ before: { from_ms: september, to_ms: OCTOBER } });
});

it("containers tell which share uses less than half of what it reserves", async () => {
  show("/cost/containers", {
    "/api/v1/cost/containers": () => ({
      currency: "USD",
      headline: { containers: 100, under_half: 66, share: 0.66 },
      clusters: [
        {
          name: "shop",
          node_cost: "10",
          used: "4",
          workload_idle: "5",
          cluster_idle: "1",
          nodes: 2,
          unmatched_nodes: ["ip-10-0-0-1"],
        },
      ],
      workloads: [
        {
          cluster: "shop",
          namespace: "default",
          workload: "order",
          service_name: "order",
          cost: "9",
          used: "4",
          idle: "5",
          cpu_request: 2,
          cpu_used: 0.4,
          memory_request_bytes: 1024,
          memory_used_bytes: 512,
          containers: 3,
          efficiency: 0.44,
        },
      ],
      others: { workloads: 0, cost: "0" },
      weights: { cpu: 9, memory: 1 },
      sensitivity: [],
      reconciled: { bill: "10", containers: "9", cluster_idle: "1", difference: "0" },
      missing: [],
    }),
  });
  expect(await screen.findByText("66%")).toBeDefined();
  expect(document.body.textContent).toContain("66 of 100");
  expect(document.body.textContent).toContain("ip-10-0-0-1");
  expect(screen.getByRole("link", { name: "order" }).getAttribute("href")).toContain(
    "/services/order",
  );
});
