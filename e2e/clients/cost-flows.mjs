// What people do on the pages of cost, in one language: one function a flow.
//
// Usage: node cost-flows.mjs <origin> <facts as JSON>
// Facts: {"cookie", "viewerCookie", "language"}: an owner and a viewer of a server without a bill.
// The last line is one JSON object that names the flows that were done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkAccessibility, checkWidth, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const { cookie, viewerCookie, language } = JSON.parse(text);

function texts(area) {
  const file = new URL(`../../ui/src/i18n/${language}/${area}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
const t = texts("cost");
const fill = (pattern, values) =>
  pattern.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));

const SOURCE = "aws";
const DAYS = 31;
const MONTH = "2026-10";
/** What a day costs, by service; the sums below are in cents, so that they are exact. */
const SERVICES = { "Amazon EC2": 1205, "Amazon S3": 330, "Amazon RDS": 799 };
const CREDIT = -2500;
const COLUMNS = [
  "BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency",
  "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd",
  "BillingAccountId", "SubAccountId", "ServiceName", "ServiceCategory", "ChargeCategory",
  "ChargeFrequency", "ChargeDescription", "ProviderName", "PublisherName", "InvoiceIssuerName",
  "RegionId", "PricingQuantity", "PricingUnit", "Tags",
];

const amount = (cents) => `${cents < 0 ? "-" : ""}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
const dayOf = (day) => new Date(Date.UTC(2026, 9, day)).toISOString();

function line(day, service, cents, more = {}) {
  const values = {
    BilledCost: amount(cents), EffectiveCost: amount(cents), ListCost: amount(cents),
    ContractedCost: amount(cents), BillingCurrency: "USD", BillingPeriodStart: dayOf(1),
    BillingPeriodEnd: dayOf(DAYS + 1), ChargePeriodStart: dayOf(day), ChargePeriodEnd: dayOf(day + 1),
    BillingAccountId: "111122223333", SubAccountId: day % 2 ? "222233334444" : "333344445555",
    ServiceName: service, ServiceCategory: "Compute", ChargeCategory: "Usage",
    ChargeFrequency: "Usage-Based", ChargeDescription: service, ProviderName: "AWS",
    PublisherName: "AWS", InvoiceIssuerName: "Amazon Web Services", RegionId: "ap-northeast-2",
    PricingQuantity: "1", PricingUnit: "Hours", Tags: '"{""team"": ""commerce""}"', ...more,
  };
  return COLUMNS.map((name) => values[name]).join(",");
}

/** A month of a bill in FOCUS; `extra` cents are charged for RDS on its second day. */
function bill({ extra = 0, broken = false } = {}) {
  const lines = Array.from({ length: DAYS }, (_, at) => at + 1).flatMap((day) =>
    Object.entries(SERVICES).map(([service, cents]) =>
      line(day, service, service === "Amazon RDS" && day === 2 ? cents + extra : cents),
    ),
  );
  lines.push(line(3, "Amazon EC2", CREDIT, { ChargeCategory: "Credit" }));
  if (broken) lines[10] = line(4, "Amazon EC2", 1, { EffectiveCost: "12;5" });
  return Buffer.from([COLUMNS.join(","), ...lines, ""].join("\n"));
}

const MONTH_CENTS = Object.values(SERVICES).reduce((sum, cents) => sum + DAYS * cents, CREDIT);
const EXTRA = 1234;

/** As the page writes it. */
function money(cents, currency = "USD") {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(cents / 100);
}

async function open(browser, path, as = cookie) {
  const view = await openPage(browser, origin, { cookie: as, language });
  await view.page.goto(origin + path);
  await settled(view.page);
  return view;
}

const named = (page, name) => page.getByRole("button", { name, exact: true });

async function upload(page, name, buffer) {
  await named(page, t.imports.add).click();
  const panel = page.getByRole("dialog");
  await panel.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer });
  await panel.getByLabel(new RegExp(`^${t.imports.source}`)).fill(SOURCE);
  await named(panel, t.imports.upload).click();
}

async function withoutABillPagesTeach(browser) {
  const { page, context, complaints } = await open(browser, "/cost");
  await page.getByText(t.first.title, { exact: true }).waitFor();
  await page.getByText("hannun cost generate", { exact: false }).first().waitFor();
  await picture(page, `cost without a bill ${language}`);
  await checkAccessibility(page, "without a bill");
  await page.getByRole("link", { name: t.first.upload_action, exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/cost/imports" && url.searchParams.get("add") === "upload");
  await page.getByText(t.imports.file_hint, { exact: true }).waitFor();
  await settled(page);
  await picture(page, `cost upload ${language}`);
  await checkAccessibility(page, "upload");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aBillIsUploaded(browser) {
  const { page, context, complaints } = await open(browser, "/cost/imports");
  await upload(page, "october.csv", bill());
  await page.locator(".cost-list").getByText(t.imports.state.done, { exact: true }).first().waitFor();
  const row = page.getByRole("row").filter({ hasText: MONTH });
  await row.getByText(money(MONTH_CENTS), { exact: true }).first().waitFor();
  await settled(page);
  await picture(page, `cost imports ${language}`);
  await checkAccessibility(page, "imports");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aBrokenBillLeavesTheOldOne(browser) {
  const { page, context, complaints } = await open(browser, "/cost/imports");
  await upload(page, "broken.csv", bill({ broken: true }));
  await page.locator(".cost-list").getByText(t.imports.state.failed, { exact: true }).waitFor();
  await page.getByText(fill(t.imports.in_column, { column: "EffectiveCost" })).last().waitFor();
  await page.getByText(t.imports.kept, { exact: true }).waitFor();
  const row = page.getByRole("row").filter({ hasText: MONTH });
  await row.getByText(money(MONTH_CENTS), { exact: true }).first().waitFor();
  await picture(page, `cost broken bill ${language}`);
  await checkAccessibility(page, "broken bill");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aRestatedMonthShowsItsDifference(browser) {
  const { page, context, complaints } = await open(browser, "/cost/imports");
  await upload(page, "october-final.csv", bill({ extra: EXTRA }));
  const difference = `+${money(EXTRA)}`;
  await named(page, difference).click();
  await page.waitForURL((url) => url.searchParams.get("restated") === `${MONTH} ${SOURCE}`);
  const table = page.getByRole("table", { name: t.imports.differences });
  const row = table.getByRole("row").filter({ hasText: "Amazon RDS" });
  await row.getByText(`${MONTH}-02`, { exact: true }).waitFor();
  await row.getByText(difference, { exact: true }).first().waitFor();
  await settled(page);
  await picture(page, `cost restatement ${language}`);
  await checkAccessibility(page, "restatement");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theOverviewTiesOutToTheBill(browser) {
  const { page, context, complaints } = await open(browser, "/cost?currency=USD");
  await page.locator(".cost-figure").getByText(money(MONTH_CENTS + EXTRA), { exact: true }).waitFor();
  await page.getByText(t.value.charge.credit, { exact: true }).waitFor();
  await page.getByText(money(CREDIT), { exact: true }).first().waitFor();
  await picture(page, `cost overview ${language}`);
  await checkAccessibility(page, "overview");
  await page.getByRole("link", { name: t.overview.explore, exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/cost/explore");
  await page.locator(".cost-figure").getByText(money(MONTH_CENTS + EXTRA), { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theExplorerNarrowsDownAndExports(browser) {
  const path = "/cost/explore?currency=USD&without=credit&by=service_name&by=sub_account_id";
  const { page, context, complaints } = await open(browser, path);
  await page.locator(".cost-figure").getByText(money(MONTH_CENTS + EXTRA - CREDIT), { exact: true }).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), named(page, t.explore.csv).click()]);
  const csv = readFileSync(await download.path(), "utf8");
  const [head, ...lines] = csv.trim().split("\r\n");
  assert(head.includes("USD") && head.includes(t.metric.effective), head);
  const cents = lines.reduce((sum, it) => sum + Math.round(Number(it.split(",")[2]) * 100), 0);
  assert.equal(cents, MONTH_CENTS + EXTRA - CREDIT);
  await page.locator(".cost-choice").getByText(t.explore.treemap, { exact: true }).click();
  const tile = page.locator(".cost-tile[role=button]").first();
  await tile.waitFor();
  await picture(page, `cost treemap ${language}`);
  await checkAccessibility(page, "treemap");
  await tile.press("Enter");
  await page.waitForURL((url) => url.searchParams.getAll("f").length === 2);
  await page.locator(".cost-chip").nth(1).waitFor();
  await page.goBack();
  await page.waitForURL((url) => url.searchParams.getAll("f").length === 0);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theChartIsATableAndSql(browser) {
  const { page, context, complaints } = await open(browser, "/cost/explore?currency=USD");
  await page.getByText(t.chart.as_table, { exact: true }).click();
  const table = page.getByRole("table", { name: t.explore.over_time });
  await table.getByText(`${MONTH}-01`, { exact: true }).waitFor();
  await checkAccessibility(page, "chart as a table");
  await page.getByRole("link", { name: t.explore.sql, exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/query" && url.searchParams.get("q").includes("cost_daily"));
  await page.getByRole("table").first().getByText("Amazon EC2").first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aRateIsAskedForAndUsed(browser) {
  const { page, context, complaints } = await open(browser, "/cost/explore?currency=KRW");
  await page.getByLabel(fill(t.rate.one, { from: "USD", to: "KRW" })).fill("1350.5");
  await picture(page, `cost rate ${language}`);
  await checkAccessibility(page, "missing rate");
  await named(page, t.rate.save).click();
  const won = Math.round(((MONTH_CENTS + EXTRA) * 13505) / 1000) * 100;
  await page.locator(".cost-figure").getByText(money(won, "KRW"), { exact: true }).waitFor();
  await page.getByText("1 USD = 1350.5 KRW", { exact: false }).waitFor();
  // Chromium reports the refusal, which is the question for the rate.
  assert.deepEqual(complaints.filter((it) => !it.includes("status of 409")), []);
  await context.close();
}

async function aSourceIsWrittenAndRemoved(browser) {
  const { page, context, complaints } = await open(browser, "/cost/imports");
  await named(page, t.imports.add_source).click();
  const panel = page.getByRole("dialog");
  await panel.getByLabel(new RegExp(`^${t.imports.field.name}`)).fill("Main bill");
  await panel.getByLabel(new RegExp(`^${t.imports.field.url}`)).fill("s3://finance-exports/cur/");
  await panel.getByRole("switch").uncheck({ force: true });
  await panel.getByText(t.imports.no_secrets, { exact: true }).waitFor();
  await settled(page);
  await picture(page, `cost source ${language}`);
  await checkAccessibility(page, "source");
  await named(panel, t.imports.save_source).click();
  const row = page.getByRole("row").filter({ hasText: "s3://finance-exports/cur/" });
  await row.getByText(t.imports.off, { exact: true }).waitFor();
  await named(row, t.imports.edit).click();
  await named(panel, t.imports.remove_source).click();
  await page.getByText(t.imports.remove_text, { exact: true }).waitFor();
  await named(page, t.imports.remove_source).last().click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await context.close();
}

async function whoOnlyLooksImportsNothing(browser) {
  const { page, context, complaints } = await open(browser, "/cost/imports", viewerCookie);
  await page.getByRole("row").filter({ hasText: MONTH }).first().waitFor();
  assert.equal(await named(page, t.imports.add).count(), 0);
  assert.equal(await named(page, t.imports.add_source).count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function phonesShowTheSame(browser) {
  for (const path of ["/cost", "/cost/explore?view=treemap", "/cost/imports"]) {
    const { page, context, complaints } = await openPage(browser, origin, {
      cookie, language, width: 360, colorScheme: "dark",
    });
    await page.goto(origin + path);
    await settled(page);
    await picture(page, `phone ${path} ${language}`);
    await checkWidth(page, path);
    await checkAccessibility(page, path);
    assert.deepEqual(complaints, []);
    await context.close();
  }
}

const FLOWS = [
  withoutABillPagesTeach,
  aBillIsUploaded,
  aBrokenBillLeavesTheOldOne,
  aRestatedMonthShowsItsDifference,
  theOverviewTiesOutToTheBill,
  theExplorerNarrowsDownAndExports,
  theChartIsATableAndSql,
  aRateIsAskedForAndUsed,
  aSourceIsWrittenAndRemoved,
  whoOnlyLooksImportsNothing,
  phonesShowTheSame,
];
const done = [];
await withBrowser(async (browser) => {
  for (const flow of FLOWS) {
    await flow(browser).catch((error) => {
      error.message = `${flow.name}: ${error.message}`;
      throw error;
    });
    done.push(flow.name);
  }
});
console.log(JSON.stringify({ done }));
