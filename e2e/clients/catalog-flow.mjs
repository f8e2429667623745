// What people do on the pages of the service catalog, in one language: one function a flow.
//
// Usage: node catalog-flow.mjs <origin> <facts as JSON>
// Facts: {"cookie", "viewerCookie", "language", "service", "managed", "source", "untagged"}:
// an undeclared service, one that is declared by files of a source, and one without an environment.
// The last line is one JSON object that names the flows that were done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkAccessibility, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const facts = JSON.parse(text);
const { cookie, viewerCookie, language, service, managed, untagged } = facts;

function texts(area) {
  const file = new URL(`../../ui/src/i18n/${language}/${area}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
const t = texts("catalog");
const fill = (pattern, values) =>
  pattern.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));
const SCHEMA_VERSIONS = ["v3", "v2.2", "v2.1", "v2"];

async function open(browser, path, as = cookie) {
  const view = await openPage(browser, origin, { cookie: as, language });
  await view.page.goto(origin + path);
  await settled(view.page);
  return view;
}

const named = (page, name) => page.getByRole("button", { name, exact: true });
const saveButton = (page) => named(page, t.definition.save);
const editor = (page) => page.locator(".cm-content");

// As one paste: what is typed line by line is indented by the editor.
async function write(page, definition) {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(definition);
}

async function save(page) {
  await page.waitForFunction(
    (name) => [...document.querySelectorAll("button")].some((it) => it.textContent === name && !it.disabled),
    t.definition.save,
  );
  await saveButton(page).click();
}

const definitionOf = (name, owner) =>
  `apiVersion: v3\nkind: service\nmetadata:\n  name: ${name}\n  owner: ${owner}\n`;

async function theCatalogTeachesHowToDeclare(browser) {
  const { page, context, complaints } = await open(browser, "/catalog?only=undeclared");
  const row = page.getByRole("row").filter({ hasText: service }).first();
  await row.getByText(t.state.undeclared, { exact: true }).waitFor();
  await picture(page, `catalog ${language}`);
  await checkAccessibility(page, "catalog");
  await row.getByRole("link", { name: service, exact: true }).click();
  await page.waitForURL((url) => url.pathname === `/catalog/${service}`);
  await page.locator(".catalog-findings").getByText(t.rule.undeclared.title, { exact: true }).waitFor();
  await picture(page, `undeclared service ${language}`);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function everyVersionOffersWhatCanBeSaved(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${service}?edit=true`);
  await editor(page).waitFor();
  for (const version of SCHEMA_VERSIONS) {
    await page.locator("label", { hasText: new RegExp(`^${version}$`) }).click();
    await page.getByText(fill(t.definition.valid, { version }), { exact: true }).waitFor();
  }
  await picture(page, `editor ${language}`);
  await checkAccessibility(page, "editor");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aFaultIsShownAtItsLine(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${service}?edit=true`);
  await editor(page).waitFor();
  await write(page, definitionOf(service, "[checkout]"));
  const line = named(page, fill(t.definition.line, { line: 5 })).first();
  await line.waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  assert(await saveButton(page).isDisabled(), "what is wrong can be saved");
  await line.click();
  assert.equal((await page.locator(".cm-activeLine").innerText()).trim(), "owner: [checkout]");
  await picture(page, `fault ${language}`);
  await checkAccessibility(page, "fault");
  await write(page, definitionOf("somebody-else", "checkout"));
  await page.getByText(fill(t.definition.other_name, { name: "somebody-else" })).waitFor();
  assert(await saveButton(page).isDisabled(), "a definition of another service can be saved");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aServiceIsDeclaredAndFoundByItsTeam(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${service}`);
  await named(page, t.definition.declare).click();
  await editor(page).waitFor();
  await write(page, definitionOf(service, `checkout-${language}`));
  await save(page);
  await page.getByText(t.state.declared, { exact: true }).first().waitFor();
  await page.getByRole("link", { name: `checkout-${language}`, exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("team") === `checkout-${language}`);
  await settled(page);
  await page.getByRole("link", { name: service, exact: true }).waitFor();
  assert.equal(await page.locator("[role=row][data-index]").count(), 1);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function aConflictIsTold(browser) {
  const [mine, theirs] = [
    await open(browser, `/catalog/${service}?edit=true`),
    await open(browser, `/catalog/${service}?edit=true`),
  ];
  await editor(mine.page).waitFor();
  await editor(theirs.page).waitFor();
  await write(theirs.page, definitionOf(service, "theirs"));
  await save(theirs.page);
  await theirs.page.getByRole("link", { name: "theirs", exact: true }).waitFor();
  await write(mine.page, definitionOf(service, "mine"));
  await save(mine.page);
  const conflict = mine.page.getByRole("alert").filter({ hasText: t.conflict.title });
  await conflict.waitFor();
  const difference = await conflict.innerText();
  assert(difference.includes("owner: theirs") && difference.includes("owner: mine"), difference);
  await picture(mine.page, `conflict ${language}`);
  await checkAccessibility(mine.page, "conflict");
  await conflict.getByRole("button", { name: t.conflict.keep_mine }).click();
  await save(mine.page);
  await mine.page.getByRole("link", { name: "mine", exact: true }).waitFor();
  assert(mine.complaints.every((line) => line.includes("status of 409")), mine.complaints.join());
  assert.deepEqual(theirs.complaints, []);
  await mine.context.close();
  await theirs.context.close();
}

async function someOnlyRead(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${service}?edit=true`, viewerCookie);
  const { role } = texts("common");
  await page.getByText(fill(t.definition.read_only, { role: role.editor })).waitFor();
  assert.equal(await editor(page).count(), 0);
  await page.goto(`${origin}/catalog`);
  await settled(page);
  assert.equal(await named(page, t.declare.button).count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function filesAreChangedInTheirFiles(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${managed}?edit=true`);
  const reason = page.locator(".mantine-Alert-root", { hasText: facts.source });
  await reason.waitFor();
  assert.equal(await editor(page).count(), 0);
  assert.equal(await named(page, t.definition.edit).count(), 0);
  await picture(page, `managed ${language}`);
  await checkAccessibility(page, "managed");
  assert.deepEqual(complaints, []);
  await context.close();
}

async function hygieneNamesTheSettingAndIsTakenAlong(browser) {
  const { page, context, complaints } = await open(browser, "/catalog/hygiene");
  const title = t.rule.environment_missing.title;
  const section = page.getByRole("region", { name: title, exact: true });
  const row = section.getByRole("row").filter({ hasText: untagged });
  await row.getByText("OTEL_RESOURCE_ATTRIBUTES").waitFor();
  await picture(page, `hygiene ${language}`);
  await checkAccessibility(page, "hygiene");
  await page.getByRole("region", { name: t.summary.title }).getByRole("link", { name: title }).click();
  await page.waitForURL((url) => url.searchParams.get("rule") === "environment_missing");
  // The findings of all rules stay until those of the one are there.
  await page.waitForFunction(() => document.querySelectorAll("main h2").length === 1);
  const headings = await page.locator("main h2").allInnerTexts();
  assert.deepEqual(headings.map((it) => it.trim()), [title]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    named(page, t.hygiene.csv).click(),
  ]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
  assert.equal(lines[0].replace("\uFEFF", "").split(",")[3], t.csv.subject);
  const line = lines.find((it) => it.split(",")[3] === untagged);
  assert(line?.includes("OTEL_RESOURCE_ATTRIBUTES"), lines.join("\n"));
  const paper = await page.pdf({ format: "A4" });
  assert(paper.length > 10_000);
  assert.deepEqual(complaints, []);
  await context.close();
}

/** Nothing around it is half transparent, and nothing in it changes any more. */
async function stands(place) {
  await place.evaluate(async (element) => {
    const around = [];
    for (let it = element; it !== null; it = it.parentElement) around.push(it);
    const isMoving = () =>
      document.getAnimations().length > 0 || around.some((it) => getComputedStyle(it).opacity !== "1");
    for (let still = 0; still < 3; still = isMoving() ? 0 : still + 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
}

async function aServiceIsDeclaredBeforeItIsDeployed(browser) {
  const { page, context, complaints } = await open(browser, "/catalog");
  await named(page, t.declare.button).click();
  await page.getByRole("textbox", { name: t.declare.name }).fill("soon");
  // While it fades in and the button becomes usable, its colours are not those that stay.
  await page.getByRole("button", { name: t.declare.go_on, exact: true, disabled: false }).waitFor();
  await stands(page.getByRole("dialog"));
  await checkAccessibility(page, "declare");
  await named(page, t.declare.go_on).click();
  await page.waitForURL((url) => url.pathname === "/catalog/soon");
  await editor(page).waitFor();
  await save(page);
  await page.getByText(t.state.unseen, { exact: true }).first().waitFor();
  await removed(page);
  await page.getByText(fill(t.unknown.title, { service: "soon" })).waitFor();
  // Before it is declared, and after it is gone, nobody knows it.
  assert(complaints.every((it) => it.includes("status of 404") || it.includes("status of 409")), complaints.join());
  await context.close();
}

async function removed(page) {
  await named(page, t.definition.edit).click();
  await named(page, t.definition.delete).click();
  await page.getByRole("dialog").getByRole("button", { name: t.definition.delete, exact: true }).click();
}

async function aDefinitionIsDeletedAndTheServiceStays(browser) {
  const { page, context, complaints } = await open(browser, `/catalog/${service}`);
  await removed(page);
  await page.getByText(t.state.undeclared, { exact: true }).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

const flows = [
  theCatalogTeachesHowToDeclare,
  everyVersionOffersWhatCanBeSaved,
  aFaultIsShownAtItsLine,
  aServiceIsDeclaredAndFoundByItsTeam,
  aConflictIsTold,
  someOnlyRead,
  filesAreChangedInTheirFiles,
  hygieneNamesTheSettingAndIsTakenAlong,
  aServiceIsDeclaredBeforeItIsDeployed,
  aDefinitionIsDeletedAndTheServiceStays,
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
