// What people do on the pages about logs, in one language: one function a flow.
//
// Usage: node logs-flows.mjs <origin> <facts as JSON>
// Facts: {"cookie", "language", "chatty", "debugRecords", "hostile", "attribute": {"key", "value"}}:
// a service that repeats itself, how many debug records it has sent, a text that must stay text, and
// an attribute of its records. The script prints "send a record" when it wants one more, and goes on when
// it reads its message. The last line is one JSON object that names the flows that were done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { checkAccessibility, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const facts = JSON.parse(text);
const { cookie, language, chatty } = facts;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const done = [];

function texts(area) {
  const file = new URL(`../../ui/src/i18n/${language}/${area}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
const t = texts("logs");
const common = texts("common");
const fill = (pattern, values) =>
  pattern.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));

async function open(browser, path) {
  const view = await openPage(browser, origin, { cookie, language });
  await view.page.goto(origin + path);
  await settled(view.page);
  return view;
}

const searchField = (page) => page.getByRole("combobox", { name: t.search });
const rows = (page) => page.locator(".log-row[data-index]");
const queryOf = (page) => new URL(page.url()).searchParams.get("q");
const path = (page) => new URL(page.url()).pathname;

async function firstRow(page) {
  await rows(page).first().waitFor();
  return rows(page).first();
}

// Old rows stay until the new ones are there.
async function rowsBecome(page, holds) {
  let shown = [];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    shown = await rows(page).allInnerTexts();
    if (shown.length > 0 && shown.every(holds)) return;
    await page.waitForTimeout(100);
  }
  assert.fail(shown.join("\n"));
}

async function aSearchIsTypedWithCompletion(browser) {
  const { page, context, complaints } = await open(browser, "/logs");
  await page.keyboard.press("/");
  await page.keyboard.type("serv");
  await page.getByRole("option", { name: /service/ }).first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await searchField(page).inputValue(), "service:");
  await page.keyboard.type(chatty.slice(0, 3));
  await page.getByRole("option", { name: new RegExp(chatty) }).waitFor();
  await picture(page, `completion ${language}`);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === `service:${chatty}`);
  await rowsBecome(page, (row) => row.includes(chatty));
  assert.deepEqual(complaints, []);
  await context.close();
}

async function anErrorIsShownWhereItIs(browser) {
  const { page, context, complaints } = await open(browser, "/logs");
  await searchField(page).fill("service:order AND (");
  await searchField(page).press("Enter");
  const error = page.locator(".search-bar-error");
  await error.waitFor();
  assert.match(await error.innerText(), /\d/);
  assert.equal(await searchField(page).getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator(".search-bar-wrong").count(), 1);
  await picture(page, `search error ${language}`);
  await checkAccessibility(page, "an error in the search");
  assert(complaints.every((line) => line.includes("status of 400")), complaints.join("; "));
  await context.close();
}

async function aFacetNarrowsTheSearch(browser) {
  const { page, context, complaints } = await open(browser, "/logs");
  const services = page.getByRole("region", { name: t.field.service, exact: true });
  await services.locator(".facet-value").filter({ hasText: chatty }).click();
  await page.waitForURL((url) => url.searchParams.get("q") === `service:${chatty}`);
  await settled(page);
  // The other services stay to choose from.
  assert((await services.locator("li").count()) > 1, "the other values are gone");
  const debug = fill(t.facet.exclude_value, { value: t.status.debug });
  await page.getByRole("button", { name: debug }).click();
  await page.waitForURL((url) => url.searchParams.get("q") === `service:${chatty} -status:debug`);
  await rowsBecome(page, (row) => row.includes(chatty) && !row.includes(t.status.debug));
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aRecordLeadsToOthersLikeItAndToItsTrace(browser) {
  const { page, context, complaints } = await open(browser, "/logs?q=service:order");
  await rowsBecome(page, (row) => row.includes("order"));
  await (await firstRow(page)).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await panel.getByText(t.record.attributes, { exact: true }).waitFor();
  await settled(page);
  await picture(page, `record ${language}`);
  await checkAccessibility(page, "a record");
  await panel.getByRole("tab", { name: t.record.tab.context }).click();
  await panel.locator(".log-lines [data-marked=true]").waitFor();
  assert((await panel.locator(".log-lines li").count()) > 3, "nothing around the record");
  await panel.getByRole("tab", { name: t.record.tab.trace }).click();
  await panel.locator(".log-lines [data-marked=true]").waitFor();
  // The link of a record shows it to somebody else.
  const address = page.url();
  const other = await openPage(browser, origin, { cookie, language });
  await other.page.goto(address);
  await other.page.getByRole("dialog").locator(".log-lines [data-marked=true]").waitFor();
  await other.context.close();
  await panel.getByRole("link", { name: t.record.open_trace }).click();
  await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
  await settled(page);
  assert.deepEqual([...complaints, ...other.complaints], []);
  await context.close();
}

async function anAttributeBecomesAColumnAndACondition(browser) {
  const { key, value } = facts.attribute;
  const { page, context, complaints } = await open(browser, `/logs?q=service:${chatty}`);
  await (await firstRow(page)).click();
  const panel = page.getByRole("dialog");
  const named = (action) =>
    panel.getByRole("button", { name: fill(t.record.action_of, { action, key }) });
  await named(t.record.add_column).click();
  await page.waitForURL((url) => url.searchParams.getAll("cols").includes(`@${key}`));
  await page.getByRole("columnheader", { name: `@${key}` }).waitFor();
  await named(t.record.filter).click();
  await page.waitForURL((url) => url.searchParams.get("q")?.endsWith(`@${key}:${value}`));
  await settled(page);
  await page.getByText(value, { exact: true }).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aTailShowsWhatArrives(browser) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie, language });
  await page.goto(`${origin}/logs?tail=true&q=service:${chatty}`);
  await page.getByText(t.tail.open).waitFor();
  console.log("send a record");
  const { value: message } = await lines.next();
  await page.getByText(message).first().waitFor();
  await picture(page, `live tail ${language}`);
  await checkAccessibility(page, "a live tail");
  await page.getByRole("button", { name: t.tail.pause }).click();
  console.log("send a record");
  const { value: second } = await lines.next();
  const more = page.getByRole("button", {
    name: new RegExp(`^(${fill(t.tail.resume_one ?? t.tail.resume_other, { formatted: 1 })})`),
  });
  await more.waitFor();
  assert.equal(await page.getByText(second).count(), 0, "a paused tail moved");
  await more.click();
  await page.getByText(second).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aPatternLeadsToItsRecords(browser) {
  const { page, context, complaints } = await open(
    browser,
    `/logs/patterns?q=service:${chatty}&compare=previous`,
  );
  const pattern = page.locator(".data-table-row").first();
  await pattern.getByText("<num>").first().waitFor();
  await checkAccessibility(page, "patterns that are compared");
  await picture(page, `patterns ${language}`);
  await pattern.click();
  await page.waitForURL((url) => url.pathname === "/logs");
  assert.match(queryOf(page), /^service:\S+ pattern_id:[0-9a-f]{16}$/);
  await firstRow(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aPriceSaysWhatLogsCost(browser) {
  const { page, context, complaints } = await open(browser, "/logs/volume");
  const price = page.locator("button").filter({ has: page.locator(".tabler-icon-coin") });
  await price.click();
  await page.getByLabel(t.price.per_gb).fill("1200000");
  await page.getByRole("button", { name: t.price.save }).click();
  await page.getByRole("columnheader", { name: t.volume.cost }).waitFor();
  assert.match(await price.innerText(), /1,200,000/);
  await page.locator(".logs-groups").getByText(t.volume.by.pattern, { exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("group") === "pattern");
  await settled(page);
  await picture(page, `volume ${language}`);
  await checkAccessibility(page, "volume by pattern");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aSuggestionBecomesARuleThatIsTriedAndSaved(browser) {
  const { page, context, complaints } = await open(browser, "/logs/volume");
  const title = fill(t.suggestion.debug, { service: chatty });
  const all = page.getByRole("button", { name: new RegExp(t.suggestion.all.replace("{{count}}", "\\d+")) });
  await page.locator(".log-suggestion").first().waitFor();
  if ((await all.count()) > 0) await all.click();
  const card = page.locator(".log-suggestion").filter({ hasText: title });
  await card.getByRole("button", { name: t.suggestion.draft }).click();
  await page.waitForURL(/\/logs\/pipelines\?.*pipeline=/);
  const panel = page.getByRole("dialog");
  await panel.getByRole("button", { name: t.try.run, exact: true }).click();
  const summary = panel.getByRole("alert").first();
  await summary.waitFor();
  const facts_ = await panel.locator(".log-try .facts").innerText();
  assert(facts_.includes(facts.debugRecords), facts_);
  await checkAccessibility(page, "a rule that was tried");
  await picture(page, `a rule that was tried ${language}`);
  await panel.locator(".mantine-Switch-root").first().click();
  await panel.getByRole("button", { name: t.pipelines.save, exact: true }).click();
  await page.getByText(t.pipelines.saved).waitFor();
  const id = new URL(page.url()).searchParams.get("pipeline");
  const answer = await context.request.get(`${origin}/api/v1/documents/log-pipeline/${id}`);
  assert.equal((await answer.json()).body.enabled, true);
  await panel.getByRole("button", { name: t.pipelines.delete, exact: true }).click();
  const question = page.locator(".mantine-Modal-content");
  await question.getByRole("button", { name: t.pipelines.delete, exact: true }).click();
  await panel.waitFor({ state: "hidden" });
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aRuleThatIsWrongSaysWhere(browser) {
  const { page, context, complaints } = await open(browser, "/logs/pipelines?pipeline=new");
  const panel = page.getByRole("dialog");
  await panel.getByLabel(t.pipelines.name).fill("wrong");
  await panel.locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText('[{"action": "parse", "format": "regex", "pattern": "("}]');
  await panel.getByRole("button", { name: t.pipelines.save, exact: true }).click();
  await panel.getByText("/rules/0", { exact: false }).first().waitFor();
  await picture(page, `a rule that is wrong ${language}`);
  assert(complaints.every((line) => line.includes("status of 422")), complaints.join("; "));
  await context.close();
}

async function allRecordsAreExported(browser) {
  const { page, context, complaints } = await open(browser, `/logs?q=service:${chatty} status:debug`);
  await page.getByRole("button", { name: t.export.button }).click();
  const dialog = page.getByRole("dialog");
  const coming = page.waitForEvent("download");
  await dialog.getByRole("button", { name: t.export.start, exact: true }).click();
  const file = readFileSync(await (await coming).path(), "utf8");
  const records = file.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(records.length, facts.debugRecords);
  await dialog.getByText(/100%|\d/).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aViewIsSavedAndOpened(browser) {
  const { page, context, complaints } = await open(browser, `/logs?q=service:${chatty}&order=asc`);
  await page.getByRole("button", { name: t.views.button }).click();
  const panel = page.getByRole("dialog");
  const title = `chatty ${language}`;
  await panel.getByLabel(t.views.name).fill(title);
  await panel.getByRole("button", { name: t.views.save, exact: true }).click();
  await panel.getByRole("button", { name: title }).waitFor();
  await page.goto(`${origin}/logs`);
  await settled(page);
  await page.getByRole("button", { name: t.views.button }).click();
  await panel.getByRole("button", { name: title }).click();
  await page.waitForURL((url) => url.searchParams.get("order") === "asc");
  assert.equal(queryOf(page), `service:${chatty}`);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function stagesBecomeATableAndASearchBecomesSql(browser) {
  const query = encodeURIComponent("* | stats count() by service");
  const { page, context, complaints } = await open(browser, `/logs?q=${query}&chart=table`);
  await page.getByRole("cell", { name: chatty }).first().waitFor();
  await page.getByRole("button", { name: t.sql, exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/query");
  assert.match(queryOf(page), /from logs/i);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function hostileValuesAreText(browser) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie, language });
  const query = encodeURIComponent("onerror");
  for (const place of [`/logs?q=${query}`, `/logs/patterns?q=${query}`, "/logs/volume"]) {
    await page.goto(origin + place);
    await settled(page);
    if (path(page) === "/logs") {
      await (await firstRow(page)).click();
      await page.getByRole("dialog").getByText(t.record.attributes, { exact: true }).waitFor();
    }
    const shown = await page.innerText("body");
    assert(shown.includes("onerror"), `${place}: the value is not shown`);
    assert.equal(await page.locator("img[src=x], script:not([src])").count(), 0, place);
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

const flows = [
  aSearchIsTypedWithCompletion,
  anErrorIsShownWhereItIs,
  aFacetNarrowsTheSearch,
  aRecordLeadsToOthersLikeItAndToItsTrace,
  anAttributeBecomesAColumnAndACondition,
  aTailShowsWhatArrives,
  aPatternLeadsToItsRecords,
  aPriceSaysWhatLogsCost,
  aSuggestionBecomesARuleThatIsTriedAndSaved,
  aRuleThatIsWrongSaysWhere,
  allRecordsAreExported,
  aViewIsSavedAndOpened,
  stagesBecomeATableAndASearchBecomesSql,
  hostileValuesAreText,
];

await withBrowser(async (browser) => {
  const wanted = process.env.HANNUN_FLOW;
  for (const flow of flows.filter((it) => !wanted || it.name === wanted)) {
    try {
      await flow(browser);
      done.push(flow.name);
    } catch (error) {
      for (const context of browser.contexts()) {
        for (const page of context.pages()) await picture(page, `failed ${flow.name} ${language}`);
      }
      error.message = `${flow.name}: ${error.message}`;
      throw error;
    }
  }
  console.log(JSON.stringify({ done, brand: common.shell.brand }));
});
process.exit(0);
