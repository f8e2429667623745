// Opens the first page in headless Chromium and checks what only a browser can tell.
//
// Usage: node page.mjs <origin> <expectations as JSON> [folder for pictures]
// Expectations: {"stored": {"table": rows}, "rows": [[text…]…], "query", "hostile", "hostileQuery"}.
// Prints one JSON object that counts what was checked; the first surprise ends it with an error.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const modules = process.env.HANNUN_NODE_MODULES;
assert(modules, "HANNUN_NODE_MODULES is not set");
const load = createRequire(join(modules, "package.json"));
const { chromium } = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");

const [origin, expectations, pictures] = process.argv.slice(2);
const expected = JSON.parse(expectations);
const words = {
  en: { title: "What is stored", run: "Run", empty: "No traces and no logs have arrived yet." },
  ko: { title: "저장된 데이터", run: "실행", empty: "아직 받은 트레이스와 로그가 없습니다." },
};
const checked = { views: 0, requests: 0, axe_runs: 0, axe_passes: 0, hostile_cells: 0 };

// Chromium reports each refused answer in the console; only a view that asks for one allows it.
const isRefusal = (text) => text.includes("status of 400");

const isOurs = (url) => url === origin || url.startsWith(`${origin}/`);

async function checkAccessibility(page, where) {
  // By the debugger's door: the policy of the page forbids to add a script.
  const results = await page.evaluate(() => globalThis.axe.run());
  const violations = results.violations.map(
    (it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" | ")}`,
  );
  assert.deepEqual(violations, [], where);
  assert(results.passes.length >= 15, `${where}: axe looked at too little`);
  checked.axe_runs += 1;
  checked.axe_passes += results.passes.length;
}

async function checkWidth(page, where) {
  const { needed, given } = await page.evaluate(() => ({
    needed: document.documentElement.scrollWidth,
    given: document.documentElement.clientWidth,
  }));
  assert(needed <= given, `${where}: the page is ${needed} px wide in ${given}`);
}

const cells = (page, table) =>
  page.$$eval(`${table} tbody tr`, (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );

async function ask(page, query) {
  await page.fill("#query", query);
  await page.click("#ask button[type=submit]");
  await page.waitForSelector('#ask button[aria-disabled="false"]');
}

async function checkStored(page, language, where) {
  await page.waitForSelector("#state tbody tr");
  const rows = await cells(page, "#state");
  const stored = Object.fromEntries(
    rows.map(([name, live, filed]) => [name, digits(live) + digits(filed)]),
  );
  for (const [table, count] of Object.entries(expected.stored)) {
    assert.equal(stored[table], count, `${where}: rows of ${table}`);
  }
  const empty = Object.values(expected.stored).every((count) => count === 0);
  const text = await page.textContent("#state");
  assert.equal(text.includes(words[language].empty), empty, `${where}: hint to send data`);
  const snippet = await page.textContent("#snippet");
  assert(snippet.includes(`OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/otlp\n`), snippet);
}

const digits = (text) => Number(text.replaceAll(",", ""));

async function checkAnswers(page, where, log) {
  await ask(page, expected.query);
  assert.deepEqual(await cells(page, "#answer"), expected.rows, where);
  await ask(page, expected.hostileQuery);
  const hostile = (await cells(page, "#answer")).flat();
  assert(hostile.length > 0 && hostile.every((text) => text.includes(expected.hostile)), where);
  checked.hostile_cells += hostile.length;
  assert.equal(await page.locator("#answer img, #answer script").count(), 0, where);
  await checkWidth(page, `${where}, a hostile value`);
  await picture(page, `${where}, answered`);
  await checkAccessibility(page, `${where}, answered`);
  assert.deepEqual(log, [], `${where}: console`);

  await ask(page, "SELECT nope FROM spans");
  const message = await page.textContent("#answer [role=alert]");
  assert(message.includes("nope"), `${where}: ${message}`);
  await checkWidth(page, `${where}, refused`);
  await picture(page, `${where}, refused`);
  await checkAccessibility(page, `${where}, refused`);
  assert(log.every(isRefusal) && log.length === 1, `${where}: ${log.join("; ")}`);
}

async function picture(page, where) {
  if (!pictures) return;
  await page.screenshot({ path: join(pictures, `${where.replaceAll(/[ ,]+/g, "-")}.png`), fullPage: true });
}

async function checkView(browser, language, colorScheme, width) {
  const where = `${language} ${colorScheme} ${width}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  await context.addInitScript({ path: axe });
  const page = await context.newPage();
  const log = [];
  page.on("console", (message) => log.push(message.text()));
  page.on("pageerror", (error) => log.push(String(error)));
  page.on("dialog", (dialog) => {
    log.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    checked.requests += 1;
    if (!isOurs(request.url())) log.push(`request to ${request.url()}`);
  });
  const response = await page.goto(`${origin}/?lang=${language}`);
  assert.equal(response.status(), 200, where);
  assert.match(response.headers()["content-security-policy"], /default-src 'none'/);
  assert.equal(await page.getAttribute("html", "lang"), language);
  assert.equal(await page.textContent("#state-title"), words[language].title);
  assert.equal(await page.textContent("#ask button"), words[language].run);
  const light = await page.evaluate(() => matchMedia("(prefers-color-scheme: light)").matches);
  assert.equal(light, colorScheme === "light");
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(background, light ? "rgb(246, 247, 249)" : "rgb(17, 21, 28)", where);
  await checkStored(page, language, where);
  await checkWidth(page, where);
  await picture(page, where);
  await checkAccessibility(page, where);
  if (expected.query) await checkAnswers(page, where, log);
  else assert.deepEqual(log, [], `${where}: console`);
  await context.close();
  checked.views += 1;
}

const onPath = process.env.PATH.split(":").map((folder) => join(folder, "chromium"));
const executablePath = onPath.find((path) => existsSync(path));
assert(executablePath, "no chromium on the search path");
const browser = await chromium.launch({
  executablePath,
  args: ["--disable-quic", "--disable-background-networking", "--disable-component-update"],
});
try {
  for (const language of ["en", "ko"]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1440, 390, 360]) await checkView(browser, language, colorScheme, width);
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(checked));
