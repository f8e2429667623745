// What the scripts that open pages share: the browser, and what must hold of every page.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const modules = process.env.HANNUN_NODE_MODULES;
assert(modules, "HANNUN_NODE_MODULES is not set");
const load = createRequire(join(modules, "package.json"));
const { chromium } = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");

export async function withBrowser(work) {
  const onPath = process.env.PATH.split(":").map((folder) => join(folder, "chromium"));
  const executablePath = onPath.find((path) => existsSync(path));
  assert(executablePath, "no chromium on the search path");
  const browser = await chromium.launch({
    executablePath,
    args: ["--disable-quic", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

// A page of its own, and what it says in the console that it should not.
export async function openPage(browser, origin, options = {}) {
  const { width = 1440, language = "en", colorScheme = "light", cookie } = options;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    locale: language === "ko" ? "ko-KR" : "en-US",
    reducedMotion: "reduce",
  });
  await context.addInitScript({ path: axe });
  if (cookie) {
    const [name, value] = cookie.split("=");
    await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: "Strict" }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    const own = url === origin || url.startsWith(`${origin}/`) || /^(data|blob):/.test(url);
    if (!own) complaints.push(`request to ${url}`);
  });
  return { page, context, complaints };
}

// Nothing is loading, neither requests nor skeletons.
export async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(
    () =>
      document.querySelector("main, form") !== null &&
      document.querySelector(".mantine-Skeleton-root, [aria-busy=true]") === null,
  );
}

// Colours on their way from one state to another have a contrast that nobody sees.
async function resting(page) {
  await page.evaluate(() => {
    const moving = document.getAnimations().map((animation) => animation.finished);
    const patience = new Promise((resolve) => setTimeout(resolve, 1000));
    return Promise.race([Promise.allSettled(moving).then(() => undefined), patience]);
  });
}

export async function checkAccessibility(page, where) {
  await resting(page);
  // By the debugger's door: the policy of the page forbids to add a script.
  const results = await page.evaluate(() => globalThis.axe.run());
  const violations = results.violations.map(
    (it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" | ")}`,
  );
  assert.deepEqual(violations, [], where);
  assert(results.passes.length >= 15, `${where}: axe looked at too little`);
}

export async function checkWidth(page, where) {
  const { needed, given } = await page.evaluate(() => ({
    needed: document.documentElement.scrollWidth,
    given: document.documentElement.clientWidth,
  }));
  assert(needed <= given, `${where}: the page is ${needed} px wide in ${given}`);
}

export async function picture(page, where) {
  const folder = process.env.HANNUN_PICTURES;
  if (!folder) return;
  await page.screenshot({ path: join(folder, `${where.replaceAll(/[^\w]+/g, "-")}.png`) });
}
