// What people do on the pages of live probes, in one language: one function a flow.
//
// Usage: node probes-flow.mjs <origin> <facts as JSON>
// Facts: {"cookie", "viewerCookie", "language", "service", "file", "line"}: a service whose process
// takes probes and is busy all the time, and a line that it runs. The last line is one JSON object that
// names the flows that were done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkAccessibility, checkWidth, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const facts = JSON.parse(text);
const { cookie, viewerCookie, language, service } = facts;
/** A client asks for its probes every second, and may be slow on a busy machine. */
const CLIENT_MS = 60_000;
const NARROW = 390;

function texts(area) {
  const file = new URL(`../../ui/src/i18n/${language}/${area}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
const t = texts("probes");
const fill = (pattern, values) =>
  pattern.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));

async function open(browser, path, options = {}) {
  const view = await openPage(browser, origin, { cookie, language, ...options });
  await view.page.goto(origin + path);
  await settled(view.page);
  return view;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const switchOf = (page) =>
  page.getByRole("switch", { name: fill(t.switch.label, { service }), exact: true }).first();
const where = `${facts.file}:${facts.line}`;

async function aServiceIsAllowedOnceItIsSaidWhatThatMeans(browser) {
  const { page, context, complaints } = await open(browser, "/probes");
  await page.getByRole("row", { name: new RegExp(service) }).first().waitFor({ timeout: CLIENT_MS });
  assert.equal(await switchOf(page).isChecked(), false);
  await switchOf(page).click({ force: true });
  const dialog = page.getByRole("dialog");
  for (const meaning of Object.values(t.switch.meaning)) await dialog.getByText(meaning).waitFor();
  await checkAccessibility(page, "switch");
  await picture(page, `probe switch ${language}`);
  await button(dialog, t.switch.allow).click();
  await page.getByText(fill(t.switch.is_on, { service })).waitFor();
  await page.getByText(service, { exact: true }).first().click();
  const panel = page.getByRole("dialog");
  await panel.getByText(t.client.accepts, { exact: true }).first().waitFor();
  assert((await panel.innerText()).includes("Python"));
  assert.equal(await switchOf(panel).isChecked(), true);
  await checkAccessibility(page, "clients");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aProbeIsWrittenAndItsMistakesAreTold(browser) {
  const { page, context, complaints } = await open(browser, `/probes?service=${service}`);
  await button(page, t.new).click();
  const form = page.getByRole("dialog");
  const field = (name) => form.getByRole("textbox", { name, exact: true });
  assert.equal(await field(t.field.language).inputValue(), "Python");
  assert(await button(form, t.form.create).isDisabled());
  await form.getByText(t.captured.title, { exact: true }).waitFor();
  await field(t.field.file).fill(facts.file);
  await field(t.field.line).fill(String(facts.line));
  await field(t.field.template).fill('{customer["id"]} paid {subtotal}');
  await field(t.field.condition).fill('customer["id"] = 7');
  await form.getByText(/`==`/).waitFor();
  assert.equal(await form.locator(".probe-problem mark").innerText(), "=");
  assert(await button(form, t.form.create).isDisabled());
  await checkAccessibility(page, "form");
  await picture(page, `probe form ${language}`);
  await field(t.field.condition).fill('password == "hunter2"');
  await form.locator(".mantine-Textarea-error").getByText(/password/).waitFor();
  await field(t.field.condition).fill('customer["id"] == 7');
  await form.locator(".mantine-Textarea-error").waitFor({ state: "detached" });
  await field(t.field.redact).fill("card_no");
  await page.keyboard.press("Enter");
  await button(form, t.form.create).click();
  await page.waitForURL((url) => /^\/probes\/.+/.test(url.pathname));
  await page.locator("h1", { hasText: where }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function whatItSeesComesInByItself(browser) {
  const { page, context, complaints } = await open(browser, "/probes");
  await page.getByRole("row", { name: new RegExp(where) }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/probes/"));
  const rows = page.getByRole("table", { name: t.snapshot.list }).getByRole("row");
  await rows.nth(2).waitFor({ timeout: CLIENT_MS });
  await page.getByText(t.status.emitting, { exact: true }).first().waitFor({ timeout: CLIENT_MS });
  await settled(page);
  await checkAccessibility(page, "probe");
  await picture(page, `probe ${language}`);
  await rows.nth(1).click();
  const panel = page.getByRole("dialog");
  await panel.getByText("7 paid 6000", { exact: true }).waitFor();
  const tree = panel.getByRole("tree");
  const row = (name) =>
    tree.getByRole("treeitem").filter({ has: page.locator(".probe-value-name", { hasText: new RegExp(`^${name}$`) }) });
  assert((await row("subtotal").innerText()).includes("6000"));
  for (const secret of ["password", "card_no"]) {
    assert((await row(secret).innerText()).includes(t.gap.redacted), secret);
  }
  const everything = await panel.innerText();
  assert(!/hunter2|4111111111111111/.test(everything), everything);
  assert((await panel.locator("[data-probed=true]").innerText()).includes(where.split("/").at(-1)));
  await checkAccessibility(page, "snapshot");
  await picture(page, `snapshot ${language}`);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theValuesAreWalkedByKeys(browser) {
  const { page, context, complaints } = await open(browser, "/probes");
  await page.getByRole("row", { name: new RegExp(where) }).focus();
  await page.keyboard.press("Enter");
  const first = page.getByRole("table", { name: t.snapshot.list }).getByRole("row").nth(1);
  await first.focus();
  await page.keyboard.press("Enter");
  const tree = page.getByRole("tree").first();
  await tree.waitFor();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await tree.locator('[tabindex="0"]').focus();
  await page.keyboard.press("Home");
  const group = await focused();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await focused(), group);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(), group);
  const count = () => tree.getByRole("treeitem").count();
  const open_ = await count();
  await page.keyboard.press("ArrowLeft");
  assert((await count()) < open_, "the group did not close");
  await page.keyboard.press("ArrowRight");
  assert.equal(await count(), open_);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aSnapshotLeadsToItsTrace(browser) {
  const { page, context, complaints } = await open(browser, "/probes");
  await page.getByRole("row", { name: new RegExp(where) }).click();
  await page.getByRole("table", { name: t.snapshot.list }).getByRole("row").last().click();
  await page.getByRole("link", { name: t.snapshot.trace, exact: true }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/traces/"));
  await settled(page);
  await page.getByText(service).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aViewerLooksAndChangesNothing(browser) {
  const view = { cookie: viewerCookie, width: NARROW, colorScheme: "dark" };
  const { page, context, complaints } = await open(browser, "/probes", view);
  await page.getByRole("row", { name: new RegExp(where) }).waitFor();
  assert.equal(await button(page, t.new).count(), 0);
  assert(await switchOf(page).isDisabled());
  await checkWidth(page, "probes of a viewer");
  await checkAccessibility(page, "probes of a viewer");
  await page.getByRole("row", { name: new RegExp(where) }).click();
  await page.getByRole("table", { name: t.snapshot.list }).waitFor();
  assert.equal(await button(page, t.action.delete).count(), 0);
  await picture(page, `probe of a viewer ${language}`);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aProbeIsPausedCopiedAndDeleted(browser) {
  const { page, context, complaints } = await open(browser, "/probes");
  await page.getByRole("row", { name: new RegExp(where) }).click();
  await button(page, t.action.pause).click();
  await page.getByText(t.state.paused, { exact: true }).first().waitFor();
  await button(page, t.action.resume).click();
  await page.getByText(t.state.active, { exact: true }).first().waitFor();
  await button(page, t.action.duplicate).click();
  const form = page.getByRole("dialog");
  await button(form, t.form.create).click();
  await page.waitForURL((url) => /^\/probes\/.+/.test(url.pathname));
  for (const left of [1, 0]) {
    await button(page, t.action.delete).click();
    await button(page.getByRole("dialog"), t.action.delete).click();
    await page.waitForURL((url) => url.pathname === "/probes");
    const rows = page.getByRole("row", { name: new RegExp(where) });
    await page.waitForFunction(
      ([name, count]) =>
        [...document.querySelectorAll(".probe-where")].filter((it) => it.textContent === name).length === count,
      [where, left],
    );
    if (left > 0) await rows.first().click();
  }
  await switchOf(page).click({ force: true });
  await page.getByText(fill(t.switch.is_off, { service })).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

const flows = [
  aServiceIsAllowedOnceItIsSaidWhatThatMeans,
  aProbeIsWrittenAndItsMistakesAreTold,
  whatItSeesComesInByItself,
  theValuesAreWalkedByKeys,
  aSnapshotLeadsToItsTrace,
  aViewerLooksAndChangesNothing,
  aProbeIsPausedCopiedAndDeleted,
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
