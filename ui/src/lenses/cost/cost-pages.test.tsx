/** The pages of cost over answers of the API: what they teach, ask, show and write. */
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import * as csv from "@/common/csv";
import { loadTexts, startI18n } from "@/i18n";
import type { Asked } from "@/test-support/fake-server";
import { expectHarmless, giveRoom, HOSTILE } from "@/test-support/hostile-text";
import { showPages } from "@/test-support/show-pages";
import { validateCost, validateExplore, validateImports } from "./cost-search";
import type { ExploreRequest } from "./cost-types";
import ExplorePage from "./explorer/ExplorePage";
import ImportsPage from "./imports/ImportsPage";
import OverviewPage from "./overview/OverviewPage";
import {
  exploration,
  exploreRow,
  importJob,
  overview,
  restatement,
  snapshot,
} from "./sample-answers";

const server = await vi.hoisted(async () =>
  (await import("@/test-support/fake-server")).fakeServer(),
);

function signIn(role: "viewer" | "editor") {
  const user = { id: "u1", name: "지은", email: "a@b.example", role };
  queryClient.setQueryData(sessionQuery.queryKey, { user } as never);
}

beforeAll(async () => {
  giveRoom();
  await startI18n("en");
  await loadTexts("cost");
});
beforeEach(() => signIn("editor"));
afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.restoreAllMocks();
  giveRoom();
});

type Answers = Record<string, unknown>;
const NO_BILL: Answers = { snapshots: { snapshots: [] }, imports: { jobs: [] } };
const BILL: Answers = {
  snapshots: { snapshots: [snapshot()] },
  imports: { jobs: [] },
  overview: overview(),
  dimensions: { dimensions: [] },
  restatements: { rows: [], truncated: false },
};

/** Answers by the last part of the path; documents are an empty list unless said. */
function show(address: string, answers: Answers) {
  const asked: Asked[] = [];
  server.answer = async (question) => {
    asked.push(question);
    const name = question.path.split("/").at(-1) ?? "";
    const isDocuments = question.path.startsWith("/api/v1/documents");
    const answer = answers[name] ?? (isDocuments ? [] : {});
    const given = typeof answer === "function" ? answer(question) : answer;
    return given instanceof Response ? given : Response.json(given);
  };
  const router = showPages(address, [
    ["/cost", OverviewPage, validateCost],
    ["/cost/explore", ExplorePage, validateExplore],
    ["/cost/imports", ImportsPage, validateImports],
  ]);
  return { asked, router };
}

const questionsOf = (asked: readonly Asked[], name: string) =>
  asked.filter((it) => it.path.endsWith(`/cost/${name}`));

it("without a bill every page teaches how to bring the first one", async () => {
  show("/cost", NO_BILL);
  expect(await screen.findByText("No bill yet")).toBeDefined();
  expect(document.body.textContent).toContain("hannun cost import s3://finance-exports/cur/");
  const upload = screen.getByRole("link", { name: "Upload a bill" });
  expect(upload.getAttribute("href")).toBe("/cost/imports?add=upload");
  const source = screen.getByRole("link", { name: "Add a source" });
  expect(source.getAttribute("href")).toBe("/cost/imports?edit=new");
});

it("somebody who may not import is told who may", async () => {
  signIn("viewer");
  show("/cost/imports", NO_BILL);
  expect(await screen.findByText("No bill yet")).toBeDefined();
  expect(screen.queryByRole("link", { name: "Upload a bill" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Import a bill" })).toBeNull();
  expect(screen.getAllByText("An editor or the owner can do this.")).toHaveLength(2);
});

it("the overview says what the month costs, against what, and in which view", async () => {
  const { asked } = show("/cost?metric=billed&currency=USD", BILL);
  const month = within(await screen.findByRole("region", { name: "October 2026 so far" }));
  expect(month.getByText("$1,250.50")).toBeDefined();
  expect(month.getByText("+$250.10 (+25%)")).toBeDefined();
  expect(month.getByText("First 10 days of September 2026")).toBeDefined();
  expect(month.getByText("$3,100.00")).toBeDefined();
  // What nobody was given back is no line.
  expect(month.queryByText("Refunds")).toBeNull();
  expect(month.getByText("Credits")).toBeDefined();
  expect(month.getByText("Amortised")).toBeDefined();
  const { search } = questionsOf(asked, "overview")[0] as Asked;
  expect([search.get("metric"), search.get("currency")]).toEqual(["billed", "USD"]);
});

it("what stands on the overview leads to what it is made of", async () => {
  show("/cost?currency=USD", BILL);
  const team = await screen.findByRole("link", { name: "commerce" });
  const { pathname, searchParams } = new URL(team.getAttribute("href") ?? "", "http://localhost");
  expect(pathname).toBe("/cost/explore");
  expect(Object.fromEntries(searchParams)).toEqual({
    currency: "USD",
    period: "2026-10-01..2026-10-31",
    by: "service_name",
    f: "virtual:team=commerce",
  });
  const untagged = screen.getByRole("link", { name: "(no value)" }).getAttribute("href");
  // Without a value, not with an empty one.
  expect(`${untagged}&`).toContain("f=virtual%3Ateam&");
  expect(screen.getByText("Out of date")).toBeDefined();
  // Of the network only what is network, and of commitments what nobody used.
  const network = within(screen.getByRole("region", { name: "Network" }));
  expect(network.getAllByRole("row")).toHaveLength(1);
  expect(screen.getByText("$12.34")).toBeDefined();
});

it("a rate that is missing is asked for, saved, and then used", async () => {
  let isKnown = false;
  const message = "no exchange rate from USD to KRW is known for 2026-10-01: add a document";
  const { asked } = show("/cost?currency=KRW", {
    ...BILL,
    overview: () =>
      isKnown
        ? overview({ currency: "KRW" })
        : Response.json({ error: { code: "exchange_rate_missing", message } }, { status: 409 }),
    "usd-krw-2026-10-01": () => {
      isKnown = true;
      return {};
    },
  });
  const rate = await screen.findByLabelText("1 USD in KRW");
  const save = screen.getByRole("button", { name: "Save the rate" });
  fireEvent.change(rate, { target: { value: "1,350" } });
  expect(save).toHaveProperty("disabled", true);
  fireEvent.change(rate, { target: { value: "1350.5" } });
  fireEvent.click(save);
  expect(await screen.findByRole("region", { name: "October 2026 so far" })).toBeDefined();
  const put = asked.find((it) => it.method === "PUT") as Asked;
  expect(put.path).toBe("/api/v1/documents/exchange-rate/usd-krw-2026-10-01");
  expect(put.body).toEqual({
    body: { from: "USD", to: "KRW", rate: "1350.5", valid_from: "2026-10-01" },
    expected_revision: 0,
  });
});

const ROWS = [exploreRow(["Amazon EC2"], "75.5"), exploreRow([null], "24.500000000001")];

it("the explorer asks what the address says, and shows what it compares with", async () => {
  const address =
    "/cost/explore?period=2026-10-01..2026-10-31&by=service_name&f=charge!%3Dtax&every=week&metric=list";
  const { asked } = show(address, { ...BILL, explore: exploration(ROWS) });
  expect(await screen.findByText("$100.00")).toBeDefined();
  expect(screen.getByText("+$20.00 (+25%)")).toBeDefined();
  expect(screen.getByText("Kind of charge: not Tax")).toBeDefined();
  const request = questionsOf(asked, "explore")[0]?.body as ExploreRequest;
  expect(request).toMatchObject({
    from_ms: Date.UTC(2026, 9, 1),
    to_ms: Date.UTC(2026, 10, 1),
    metric: "list",
    granularity: "week",
    filters: [{ dimension: "charge", values: ["tax"], exclude: true }],
  });
  const sql = screen.getByRole("link", { name: "Show as SQL" }).getAttribute("href");
  expect(sql).toBe("/query?q=SELECT+service_name+FROM+cost_daily");
});

it("a row leads to what explains it", async () => {
  const { asked, router } = show("/cost/explore", { ...BILL, explore: exploration(ROWS) });
  const table = within(await screen.findByRole("table", { name: "Table" }));
  const row = table.getByText("Amazon EC2").closest('[role="row"]') as HTMLElement;
  fireEvent.keyDown(row, { key: "Enter" });
  await waitFor(() => expect(questionsOf(asked, "explore")).toHaveLength(2));
  expect(router.state.location.searchStr).toBe("?f=service_name%3DAmazon+EC2&by=x_usage_type");
});

it("the file has every digit, and says view and currency", async () => {
  const download = vi.spyOn(csv, "downloadCsv").mockImplementation(() => {});
  show("/cost/explore?columns=none", { ...BILL, explore: exploration(ROWS) });
  fireEvent.click(await screen.findByRole("button", { name: "Download CSV with every digit" }));
  expect(download).toHaveBeenCalledWith(
    "cost-service_name",
    ["Service", "Total (Amortised, USD)", "Before (Amortised, USD)", "Share"],
    [
      ["Amazon EC2", "75.5", "10", 0.755],
      ["(no value)", "24.500000000001", "10", 0.245],
    ],
  );
});

it("tiles are buttons that say what they are", async () => {
  const { router } = show("/cost/explore?view=treemap", { ...BILL, explore: exploration(ROWS) });
  const tile = await screen.findByRole("button", { name: "Amazon EC2: $75.50 · 75.5%" });
  fireEvent.keyDown(tile, { key: "Enter" });
  await waitFor(() =>
    expect(router.state.location.searchStr).toContain("f=service_name%3DAmazon+EC2"),
  );
});

it("nothing in a period says what to change", async () => {
  show("/cost/explore", { ...BILL, explore: exploration([]) });
  expect(await screen.findByText("No cost in this period")).toBeDefined();
});

it("an import shows how far it is, and can be cancelled", async () => {
  const { asked } = show("/cost/imports", { ...BILL, imports: { jobs: [importJob()] } });
  const progress = await screen.findByRole("progressbar", { name: "Progress of aws" });
  expect(progress.getAttribute("aria-valuenow")).toBe("25");
  expect(document.body.textContent).toContain("1 of 4 files");
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(asked.some((it) => it.method === "DELETE")).toBe(true));
  expect(asked.find((it) => it.method === "DELETE")?.path).toBe("/api/v1/cost/imports/job1");
});

it("a failed import says in which row and column, and that nothing was kept", async () => {
  const problem = { message: "not a decimal", file: "part_1.csv", row: 121, column: "Cost" };
  const jobs = [importJob({ state: "failed", ended_ms: 1, problem })];
  show("/cost/imports", { ...BILL, imports: { jobs } });
  expect(await screen.findByText("file part_1.csv · row 121 · column Cost")).toBeDefined();
  expect(screen.getByText(/the bill from before stays/)).toBeDefined();
});

it("a bucket is imported as it was typed", async () => {
  const { asked } = show("/cost/imports?add=location", BILL);
  fireEvent.change(await screen.findByLabelText(/^Location/), {
    target: { value: " s3://bills/cur/ " },
  });
  fireEvent.change(screen.getByLabelText(/^Source/), { target: { value: "aws" } });
  fireEvent.click(screen.getByRole("button", { name: "Start the import" }));
  await waitFor(() => expect(asked.some((it) => it.method === "POST")).toBe(true));
  expect(asked.find((it) => it.method === "POST")?.body).toEqual({
    location: "s3://bills/cur/",
    source: "aws",
  });
});

it("a bill that is there before anybody saw it coming is shown, too", async () => {
  let isSent = false;
  const ended = importJob({ state: "done", ended_ms: 5 });
  show("/cost/imports?add=location", {
    ...BILL,
    snapshots: () => ({ snapshots: isSent ? [snapshot({ source: "new bill" })] : [] }),
    imports: ({ method }: Asked) => {
      isSent ||= method === "POST";
      return method === "POST" ? ended : { jobs: isSent ? [ended] : [] };
    },
  });
  expect(await screen.findByText("No bill yet")).toBeDefined();
  fireEvent.change(await screen.findByLabelText(/^Location/), { target: { value: "s3://b" } });
  fireEvent.change(screen.getByLabelText(/^Source/), { target: { value: "new bill" } });
  fireEvent.click(screen.getByRole("button", { name: "Start the import" }));
  expect((await screen.findAllByText("new bill")).length).toBeGreaterThan(0);
});

it("a new source becomes a document without any key in it", async () => {
  const { asked, router } = show("/cost/imports?edit=new", BILL);
  fireEvent.change(await screen.findByLabelText(/^Name/), { target: { value: "AWS main" } });
  fireEvent.change(screen.getByLabelText(/^Location/), { target: { value: "s3://bills/cur/" } });
  fireEvent.click(screen.getByRole("button", { name: "Save the source" }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
  const put = asked.find((it) => it.method === "PUT");
  expect(put?.path).toBe("/api/v1/documents/cost-source/aws-main");
  expect(put?.body).toEqual({
    body: { name: "AWS main", url: "s3://bills/cur/", every: "6h", enabled: true },
    expected_revision: 0,
  });
});

it("a restated month shows what changed, and adds it up", async () => {
  const restated = {
    lines: 2,
    currency: "USD",
    billed_before: "20.2",
    billed_after: "20.8",
    effective_before: "18",
    effective_after: "19",
  };
  const rows = [restatement(), restatement({ day_ms: Date.UTC(2026, 9, 2) })];
  show("/cost/imports?restated=2026-10+aws", {
    ...BILL,
    snapshots: { snapshots: [snapshot({ restated })] },
    restatements: { rows, truncated: false },
  });
  expect(await screen.findByText("+$0.60 (+2.97%)")).toBeDefined();
  const table = () => within(screen.getByRole("table", { name: "Differences" }));
  await waitFor(() => expect(table().getAllByText("+$0.20")).toHaveLength(2));
  fireEvent.click(screen.getByLabelText("By service"));
  await waitFor(() => expect(table().getAllByText("+$0.40")).toHaveLength(1));
});

it.each(HOSTILE)("what a bill says stays text: %s", async (text) => {
  const problem = { message: text, file: text, row: 1, column: text };
  const jobs = [importJob({ state: "failed", ended_ms: 1, problem, source: text, location: text })];
  const findings = [{ check: text, message: text }];
  show("/cost/imports", {
    ...BILL,
    snapshots: { snapshots: [snapshot({ source: text, provider: text, findings })] },
    imports: { jobs },
  });
  await waitFor(() => expect(screen.getAllByRole("row").length).toBeGreaterThan(2));
  expectHarmless();
  cleanup();
  queryClient.clear();
  signIn("editor");
  const rows = [exploreRow([text], "75.5")];
  show(`/cost/explore?view=treemap&f=${encodeURIComponent(`service_name=${text}`)}`, {
    ...BILL,
    explore: exploration(rows, { sql: text }),
  });
  expect(await screen.findByText("$100.00")).toBeDefined();
  expectHarmless();
});
