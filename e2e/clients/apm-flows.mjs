// What people do on the pages about services, in one language: one function a flow.
//
// Usage: node apm-flows.mjs <origin> <facts as JSON>
// Facts: {"cookie", "language", "fromMs", "toMs", "evidence": {"calls", "over", "succeeded",
// "fastest", "slowest", "firstOrder", "lastOrder"}, "endpoint", "error"}: the time of a history,
// what SQL says about the calls to the registry in it, and what the bad deploy broke. The last line
// is one JSON object that names the flows that were done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkAccessibility, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const facts = JSON.parse(text);
const { cookie, language, evidence } = facts;
const time = `from=${facts.fromMs}&to=${facts.toMs}`;

function texts(area) {
  const file = new URL(`../../ui/src/i18n/${language}/${area}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
const deploys = texts("deploys");
const errors = texts("errors");

async function open(browser, path) {
  const view = await openPage(browser, origin, { cookie, language });
  await view.page.goto(origin + path);
  await settled(view.page);
  return view;
}

const pathOf = (page) => decodeURIComponent(new URL(page.url()).pathname);
const heading = (page) => page.locator("h1");

async function theMapLeadsToAService(browser) {
  const { page, context, complaints } = await open(browser, `/map?${time}`);
  for (const name of ["gateway", "order", "registry.gov.example", "order_events", "catalogue"]) {
    await page.locator(".map-node-name", { hasText: new RegExp(`^${name}$`) }).first().waitFor();
  }
  await picture(page, `map ${language}`);
  const node = page.locator(".map-node", { has: page.locator(".map-node-name", { hasText: /^order$/ }) });
  await node.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await panel.waitFor();
  await panel.locator('a[href^="/services/order"]').first().click();
  await page.waitForURL((url) => url.pathname === "/services/order");
  await settled(page);
  assert.equal((await heading(page).innerText()).trim(), "order");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theRegistryIsProvenSlow(browser) {
  const { page, context, complaints } = await open(browser, `/dependencies?${time}`);
  await page.getByText("registry.gov.example").first().click();
  await page.waitForURL((url) => url.pathname === "/dependencies/evidence");
  await settled(page);
  const summary = page.locator(".evidence-headline");
  await summary.waitFor();
  const said = await summary.innerText();
  for (const number of [evidence.over, evidence.succeeded, evidence.fastest, evidence.slowest]) {
    assert(said.includes(String(number)), `${number} is not in: ${said}`);
  }
  const allFacts = await page.locator(".evidence-facts").innerText();
  const calls = Number(evidence.calls).toLocaleString("en");
  assert(allFacts.includes(calls), `${calls} is not in: ${allFacts}`);
  assert(said.includes(evidence.firstOrder) && said.includes(evidence.lastOrder), said);
  await checkAccessibility(page, "evidence");
  await picture(page, `evidence ${language}`);
  const paper = await page.pdf({ format: "A4" });
  assert(paper.length > 10_000);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theBadDeployIsFound(browser) {
  const { page, context, complaints } = await open(browser, `/services/order?tab=deploys&${time}`);
  // The version after it names 1.5.0 too, as the one before.
  const row = page.getByRole("row", { name: /1\.4\.0/ }).filter({ hasText: "1.5.0" }).first();
  await row.waitFor();
  await row.locator('a[href^="/deploys/compare"]').first().click();
  await page.waitForURL((url) => url.pathname === "/deploys/compare");
  await settled(page);
  const verdict = page.locator(".compare-verdict");
  await verdict.waitFor();
  await picture(page, `comparison ${language}`);
  assert.deepEqual(await verdict.locator("li strong").allInnerTexts(), [facts.endpoint]);
  const classes = page.locator("section", { hasText: deploys.errors.title });
  assert((await classes.last().innerText()).includes(facts.error), "the new error is not named");
  await checkAccessibility(page, "comparison");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aBoxOfTheHitMapListsItsTraces(browser) {
  const { page, context, complaints } = await open(browser, `/services/dispatch?tab=hits&${time}`);
  const plot = page.locator(".u-over").first();
  await plot.waitFor();
  const { x, y, width, height } = await plot.boundingBox();
  await page.mouse.move(x + 2, y + 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height / 3, { steps: 5 });
  await page.mouse.move(x + width - 2, y + height - 2, { steps: 5 });
  await page.mouse.up();
  const link = page.locator('a[href^="/traces/"]').first();
  await link.waitFor();
  await picture(page, `hit map ${language}`);
  await link.click();
  await page.waitForURL((url) => url.pathname.startsWith("/traces/"));
  await settled(page);
  await page.locator(".waterfall-row, [role=treegrid] [role=row], [role=tree] [role=treeitem]").first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

// The list behind the panel holds the names of the states, too: only the server's answer tells.
async function decided(page, button) {
  const answer = page.waitForResponse((it) => it.request().method() === "PUT");
  await button.click();
  assert.equal((await answer).status(), 200);
}

async function anIssueIsResolved(browser) {
  const { page, context, complaints } = await open(browser, `/errors?service=order&${time}`);
  await page.getByText(facts.error).first().click();
  const resolve = page.getByRole("button", { name: errors.decide.resolve, exact: true });
  await resolve.first().click();
  const version = /\{\{version\}\}/;
  const named = new RegExp(errors.decide.resolve_in.replace(version, "1\\.[\\d.]+"));
  await decided(page, page.getByRole("button", { name: named }).last());
  await page.getByText(errors.state.resolved, { exact: true }).first().waitFor();
  await picture(page, `issue ${language}`);
  const reopen = page.getByRole("button", { name: errors.decide.reopen, exact: true }).first();
  await decided(page, reopen);
  await page.getByText(errors.state.open, { exact: true }).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function slowSpansAreToldFromFastOnes(browser) {
  const query = encodeURIComponent("service:dispatch @server.address:registry.gov.example");
  const path = `/traces?q=${query}&view=time&${time}`;
  const { page, context, complaints } = await open(browser, path);
  await page.getByText("dispatch").first().waitFor();
  await picture(page, `time ${language}`);
  await page.goto(`${origin}/traces?q=${query}&view=compare&${time}`);
  await settled(page);
  await page.getByText(/error\.type|timeout/).first().waitFor();
  await picture(page, `compare ${language}`);
  assert.deepEqual(complaints, []);
  await context.close();
}

const flows = [
  theMapLeadsToAService,
  theRegistryIsProvenSlow,
  theBadDeployIsFound,
  aBoxOfTheHitMapListsItsTraces,
  anIssueIsResolved,
  slowSpansAreToldFromFastOnes,
];
const done = [];
await withBrowser(async (browser) => {
  for (const flow of flows) {
    try {
      await flow(browser);
    } catch (error) {
      throw new Error(`${flow.name} in ${language}: ${error.message}`, { cause: error });
    }
    done.push(flow.name);
  }
});
console.log(JSON.stringify({ done }));
