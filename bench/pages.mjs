// How soon pages can be used, and whether scrolling them ever stops the browser.
//
// Usage: node pages.mjs <origin> <facts as JSON>; facts: {"cookie", "traceId"}. Prints a JSON array.
// "Usable" is the first moment after navigation began at which nothing on the page is loading.
// First visits have an empty cache. Tasks of the browser's main thread over 50 ms are long.

import { openPage, settled, withBrowser } from "../e2e/clients/browser.mjs";

const [origin, facts] = process.argv.slice(2);
const { cookie, traceId } = JSON.parse(facts);
const rows = encodeURIComponent(
  "SELECT start_time, service_name, name, kind, duration, trace_id, span_id, http_route, status_code FROM spans LIMIT 10000",
);
const paths = [
  "/services?from=7d",
  "/traces?from=7d",
  `/traces/${traceId}`,
  "/logs?from=7d",
  "/logs/patterns?from=7d",
  "/logs/volume?from=7d",
  `/query?q=${rows}`,
  "/system",
  "/settings/documents",
];
const RUNS = 5;

const median = (values) => values.sort((left, right) => left - right)[Math.floor(values.length / 2)];

// Asked of the page itself at every frame, so that the answer is the page's own time.
const usable = () =>
  new Promise((resolve) => {
    const look = () => {
      const ready =
        document.querySelector("main h1") !== null &&
        document.querySelector(".mantine-Skeleton-root, [aria-busy=true]") === null;
      if (ready) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    look();
  });

async function visit(page, path) {
  await page.goto(origin + path, { waitUntil: "commit" });
  return page.evaluate(usable);
}

async function scroll(page) {
  await settled(page);
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longTasks.push(Math.round(entry.duration));
    }).observe({ entryTypes: ["longtask"] });
  });
  await page.mouse.move(700, 600);
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.wheel(0, 700);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  return page.evaluate(() => globalThis.longTasks);
}

const figures = [];
await withBrowser(async (browser) => {
  for (const path of paths) {
    const first = [];
    const again = [];
    let longTasks = [];
    for (let run = 0; run < RUNS; run += 1) {
      const { page, context } = await openPage(browser, origin, { cookie });
      first.push(await visit(page, path));
      again.push(await visit(page, path));
      longTasks = longTasks.concat(await scroll(page));
      await context.close();
    }
    figures.push({
      path: path.split("?")[0].replace(traceId, "<largest trace>"),
      first_ms: Math.round(median(first)),
      again_ms: Math.round(median(again)),
      long_tasks_ms: longTasks,
    });
  }
});
console.log(JSON.stringify(figures));
