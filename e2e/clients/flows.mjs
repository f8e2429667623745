// What people do on the pages, and what others try: one function a flow.
//
// Usage: node flows.mjs <origin> <facts as JSON>
// Facts: {"ownerLink", "viewerCookie", "hostile", "hostileTraceId", "view": {"kind", "id"}}.
// The script prints what it wants done elsewhere ("change the document", "stop the server", "start
// the server") as a line and goes on when it reads one. The last line is one JSON object that counts what was checked.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, text] = process.argv.slice(2);
const facts = JSON.parse(text);
const password = "correct horse battery";
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const done = [];

// Chromium reports each refused answer in the console.
const isRefusal = (status) => (line) => line.includes(`status of ${status}`);

async function ask(what) {
  console.log(what);
  await lines.next();
}

async function theOwnerMakesHisAccount(browser) {
  const { page, context, complaints } = await openPage(browser, origin);
  await page.goto(facts.ownerLink);
  await page.getByLabel("Name").fill("지은");
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await page.waitForURL(`${origin}/services*`);
  await settled(page);
  // The token must not stay where somebody could copy it.
  assert(!page.url().includes("#"), page.url());
  const cookies = await context.cookies();
  const cookie = cookies.find((it) => it.name === "hannun_session");
  assert(cookie?.httpOnly && cookie.sameSite === "Strict", JSON.stringify(cookies));
  assert.equal(await page.evaluate(() => document.cookie), "");
  await page.goto(facts.ownerLink);
  await page.getByText("This link is no longer valid").waitFor();
  assert(complaints.every(isRefusal(404)), complaints.join("; "));
  await context.close();
  return `hannun_session=${cookie.value}`;
}

async function aWrongPasswordIsToldAndTheRightOneLeadsBack(browser) {
  const { page, context, complaints } = await openPage(browser, origin);
  await page.goto(`${origin}/system`);
  await page.getByLabel("Name").fill("지은");
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The name or the password is wrong.").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "System", level: 1 }).waitFor();
  assert(complaints.every(isRefusal(401)), complaints.join("; "));
  await page.getByRole("button", { name: "Menu of 지은" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await context.close();
}

async function aKeyIsMadeAndItsSecretShownOnce(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  await page.goto(`${origin}/settings/keys`);
  await settled(page);
  await page.getByRole("button", { name: "Create a key" }).first().click();
  const panel = page.getByRole("dialog");
  await panel.getByLabel("Name").fill("collector-prod");
  await panel.getByRole("button", { name: "Create a key" }).click();
  await panel.getByText("Copy the secret now").waitFor();
  const shown = await panel.innerText();
  const [secret] = shown.match(/hik_[\w-]{20,}/) ?? [];
  assert(secret, shown);
  await picture(page, "a new key");
  await panel.getByRole("button", { name: "I have copied it" }).click();
  await page.getByText("collector-prod").first().waitFor();
  assert(!(await page.content()).includes(secret), "the secret is still on the page");
  assert.deepEqual(complaints, []);
  await context.close();
  return secret;
}

async function aDocumentIsRestoredFromItsHistory(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  const { kind, id } = facts.view;
  await page.goto(`${origin}/settings/documents/${kind}/${id}`);
  await settled(page);
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("button", { name: /^Revision 1/ }).click();
  await picture(page, "history of a document");
  await page.getByRole("button", { name: "Restore revision 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore revision 1" }).click();
  await page.getByRole("button", { name: /^Revision 3/ }).waitFor();
  const answer = await context.request.get(`${origin}/api/v1/documents/${kind}/${id}`);
  const document = await answer.json();
  assert.deepEqual([document.revision, document.body.title], [3, "first"]);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function twoWhoEditOneDocumentAreShownBothVersions(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  const { kind, id } = facts.view;
  await page.goto(`${origin}/settings/documents/${kind}/${id}`);
  await settled(page);
  const editor = page.locator(".cm-content");
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText('{"title": "yours", "lens": "query", "path": "/query"}');
  await ask("change the document");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody else saved meanwhile").waitFor();
  const shown = await page.innerText("main");
  assert(shown.includes("theirs") && shown.includes("yours"), shown);
  await picture(page, "a conflict");
  await page.getByRole("button", { name: "Take theirs" }).click();
  await page.getByText("theirs").first().waitFor();
  assert(complaints.every(isRefusal(409)), complaints.join("; "));
  await context.close();
}

async function aViewerIsToldWhatHisRoleDoesNotAllow(browser) {
  const { page, context, complaints } = await openPage(browser, origin, {
    cookie: facts.viewerCookie,
  });
  for (const path of ["/settings/people", "/settings/audit"]) {
    await page.goto(origin + path);
    await settled(page);
    const shown = await page.innerText("main");
    assert(/owner/i.test(shown), `${path}: ${shown}`);
  }
  await picture(page, "forbidden");
  const { kind, id } = facts.view;
  await page.goto(`${origin}/settings/documents/${kind}/${id}`);
  await settled(page);
  assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);
  assert(complaints.every(isRefusal(403)), complaints.join("; "));
  await context.close();
}

async function hostileValuesAreText(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  const sql = encodeURIComponent("SELECT * FROM spans WHERE attributes['hostile'] IS NOT NULL");
  for (const path of ["/services", "/traces", `/traces/${facts.hostileTraceId}`, `/query?q=${sql}`]) {
    await page.goto(origin + path);
    await settled(page);
    if (path.startsWith("/query")) {
      await page.getByRole("button", { name: /^Run/ }).click();
      await page.getByRole("table").or(page.getByRole("grid")).first().waitFor();
    }
    if (path.startsWith("/traces/")) {
      await page.getByText("onerror").last().click();
      await page.getByRole("dialog").or(page.locator("aside")).first().waitFor();
      await settled(page);
    }
    assert((await page.innerText("body")).includes("onerror"), `${path}: the value is not shown`);
    assert.equal(await page.locator("img[src=x], script:not([src])").count(), 0, path);
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

async function theSnippetOfThePageSendsTheFirstData(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  await page.goto(`${origin}/send-data`);
  await settled(page);
  await page.getByText("Waiting for data…").waitFor();
  await page.getByRole("tab", { name: "curl" }).click();
  const snippet = await page.getByRole("tabpanel").locator("pre").innerText();
  const answer = execFileSync("sh", ["-c", snippet], { encoding: "utf8", stdio: "pipe" });
  assert.match(answer, /^HTTP\/1.1 200/, answer);
  await page.getByText("Received 1 row since this page was opened.").waitFor();
  await page.getByRole("link", { name: "See the services" }).click();
  await page.getByText("hello", { exact: true }).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function noOtherSiteCanFrameThePage(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.setContent(`<iframe src="${origin}/services"></iframe>`);
  await page.waitForTimeout(1_000);
  const frame = page.frames().find((it) => it !== page.mainFrame());
  const content = await frame.content();
  assert(!content.includes("Hannun"), content.slice(0, 300));
  await context.close();
}

async function aServerThatGoesAwayAndReturnsLeavesThePageUsable(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  await page.goto(`${origin}/query`);
  await settled(page);
  await page.locator(".cm-content").click();
  await page.keyboard.insertText("SELECT 41 + 1 AS answer");
  await ask("stop the server");
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.getByText("What you typed stays").waitFor();
  await picture(page, "the server is away");
  await ask("start the server");
  await page.getByText("What you typed stays").waitFor({ state: "hidden", timeout: 60_000 });
  assert((await page.innerText(".cm-content")).includes("41 + 1"), "what was typed is gone");
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.getByText("42", { exact: true }).first().waitFor();
  const own = complaints.filter((line) => !line.includes("net::ERR_"));
  assert.deepEqual(own, []);
  await context.close();
}

async function anEndedSessionLeadsToSignInAndBack(browser, cookie) {
  const { page, context, complaints } = await openPage(browser, origin, { cookie });
  await page.goto(`${origin}/services`);
  await settled(page);
  const ended = await context.request.delete(`${origin}/api/v1/session`);
  assert.equal(ended.status(), 204);
  await page.getByRole("link", { name: "Traces" }).click();
  // Until then the page before is there, whose filter is about a name too.
  await page.waitForURL(`${origin}/sign-in*`);
  await page.getByLabel("Name", { exact: true }).fill("지은");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Traces", level: 1 }).waitFor();
  assert(complaints.every(isRefusal(401)), complaints.join("; "));
  await context.close();
}

await withBrowser(async (browser) => {
  const run = async (flow, ...more) => {
    try {
      const result = await flow(browser, ...more);
      done.push(flow.name);
      return result;
    } catch (error) {
      for (const context of browser.contexts()) {
        for (const page of context.pages()) await picture(page, `failed ${flow.name}`);
      }
      error.message = `${flow.name}: ${error.message}`;
      throw error;
    }
  };
  const cookie = await run(theOwnerMakesHisAccount);
  await run(aWrongPasswordIsToldAndTheRightOneLeadsBack);
  const secret = await run(aKeyIsMadeAndItsSecretShownOnce, cookie);
  await run(aDocumentIsRestoredFromItsHistory, cookie);
  await run(twoWhoEditOneDocumentAreShownBothVersions, cookie);
  await run(aViewerIsToldWhatHisRoleDoesNotAllow);
  await run(hostileValuesAreText, cookie);
  await run(theSnippetOfThePageSendsTheFirstData, cookie);
  await run(noOtherSiteCanFrameThePage);
  await run(aServerThatGoesAwayAndReturnsLeavesThePageUsable, cookie);
  await run(anEndedSessionLeadsToSignInAndBack, cookie);
  console.log(JSON.stringify({ done, secret }));
});
process.exit(0);
