// Opens every page in both languages, both themes, wide and narrow, or in those that are asked for.
//
// Usage: node pages.mjs <origin> <facts as JSON>
// Facts: {"cookie", "traceId", "document": "kind/id", "widths": [..], "languages": [..], "themes":
// [..]}; without a cookie only the pages before signing in. Prints one JSON object that counts what was checked.

import assert from "node:assert/strict";
import { checkAccessibility, checkWidth, openPage, picture, settled, withBrowser } from "./browser.mjs";

const [origin, facts] = process.argv.slice(2);
const { cookie, traceId, document: document_, widths, empty } = JSON.parse(facts);
const { languages = ["en", "ko"], themes = ["light", "dark"] } = JSON.parse(facts);
const sql = encodeURIComponent(
  "SELECT service_name, count(*) AS spans FROM spans WHERE start_time >= $from GROUP BY service_name",
);
/** The one host of the demo that exports nothing. */
const HOST = "registry.gov.example";
const open = [{ path: "/sign-in", title: { en: "Sign in", ko: "로그인" } }];
const closed = [
  { path: "/services", title: { en: "Services", ko: "서비스" } },
  { path: "/services/order", title: { en: "order", ko: "order" } },
  ...["latency", "endpoints", "hits", "dependencies", "deploys", "errors", "infrastructure"].map((tab) => ({
    path: `/services/order?tab=${tab}`,
    title: { en: "order", ko: "order" },
  })),
  { path: "/catalog", title: { en: "Service catalog", ko: "서비스 카탈로그" } },
  { path: "/catalog/order", title: { en: "order", ko: "order" } },
  { path: "/catalog/order?edit=true", title: { en: "order", ko: "order" } },
  { path: "/catalog/hygiene", title: { en: "Tagging hygiene", ko: "태그 점검" } },
  { path: "/map", title: { en: "Service map", ko: "서비스 맵" } },
  { path: "/map?view=table", title: { en: "Service map", ko: "서비스 맵" } },
  { path: "/deploys/compare?service=order", title: { en: "Compare deploys", ko: "배포 비교" } },
  { path: "/errors", title: { en: "Errors", ko: "오류" } },
  { path: "/errors/report", title: { en: "Weekly error report", ko: "주간 오류 리포트" } },
  { path: "/dependencies", title: { en: "Dependencies", ko: "외부 의존성" } },
  {
    path: `/dependencies/evidence?name=${HOST}`,
    title: { en: `Evidence: ${HOST}`, ko: `증빙: ${HOST}` },
  },
  { path: "/traces", title: { en: "Traces", ko: "트레이스" } },
  { path: "/traces?view=time", title: { en: "Traces", ko: "트레이스" } },
  { path: "/traces?view=compare", title: { en: "Traces", ko: "트레이스" } },
  { path: `/traces/${traceId}` },
  { path: `/traces/${traceId}?view=flame` },
  { path: "/logs", title: { en: "Logs", ko: "로그" } },
  { path: "/logs/patterns", title: { en: "Log patterns", ko: "로그 패턴" } },
  { path: "/logs/volume", title: { en: "Who logs most", ko: "로그 발생량" } },
  { path: "/logs/pipelines", title: { en: "Log pipelines", ko: "로그 파이프라인" } },
  { path: "/probes", title: { en: "Live probes", ko: "라이브 프로브" } },
  { path: "/probes?probe=new", title: { en: "Live probes", ko: "라이브 프로브" } },
  { path: "/cost", title: { en: "Cost", ko: "비용" } },
  { path: "/cost/explore", title: { en: "Explore cost", ko: "비용 탐색" } },
  { path: "/cost/explore?view=treemap&by=charge&by=service_name", title: { en: "Explore cost", ko: "비용 탐색" } },
  { path: "/cost/allocation", title: { en: "Allocation", ko: "비용 배분" } },
  { path: "/cost/units", title: { en: "Unit cost", ko: "단위 비용" } },
  { path: "/cost/containers", title: { en: "Container cost", ko: "컨테이너 비용" } },
  { path: "/cost/imports", title: { en: "Bill imports", ko: "청구서 가져오기" } },
  { path: "/cost/imports?add=upload", title: { en: "Bill imports", ko: "청구서 가져오기" } },
  { path: `/query?q=${sql}`, title: { en: "Query", ko: "쿼리" } },
  { path: "/send-data", title: { en: "Send data", ko: "데이터 보내기" } },
  { path: "/send-data?with=dd-python", title: { en: "Send data", ko: "데이터 보내기" } },
  { path: "/system", title: { en: "System", ko: "시스템" } },
  { path: "/settings/profile", title: { en: "Profile", ko: "내 설정" } },
  { path: "/settings/people", title: { en: "People", ko: "사용자" } },
  { path: "/settings/keys", title: { en: "API keys", ko: "API 키" } },
  { path: "/settings/documents", title: { en: "Documents", ko: "문서" } },
  { path: `/settings/documents/${document_}` },
  { path: "/settings/audit", title: { en: "Audit trail", ko: "감사 기록" } },
];
// Heads the page of a trace that is not stored; any other is headed by its root span.
const noTrace = { en: "Trace", ko: "트레이스" };
const checked = { pages: 0, hangul: 0 };

async function titleOfDocument(page) {
  const answer = await page.request.get(`${origin}/api/v1/documents/${document_}`);
  return (await answer.json()).body.title;
}

async function checkPage(page, complaints, { path, title }, view) {
  const where = `${path} ${view.language} ${view.colorScheme} ${view.width}`;
  await page.goto(origin + path);
  await settled(page);
  assert.equal(await page.getAttribute("html", "lang"), view.language, where);
  const text = await page.innerText("body");
  // The menu names every page; the heading only this one. Details are headed by what they show.
  const heading = (await page.locator("h1").innerText()).trim();
  if (title) assert.equal(heading, title[view.language], where);
  else if (path.startsWith("/traces/")) assert.equal(heading === noTrace[view.language], empty === true, where);
  else assert.equal(heading, await titleOfDocument(page), where);
  if (view.language === "ko") {
    assert(/[가-힣]/.test(text), `${where}: no Korean`);
    checked.hangul += 1;
  }
  // A key of a text that was forgotten looks like this.
  const named = (await page.title()).replace(HOST, "");
  assert(!/\b[a-z_]+\.[a-z_]+\.[a-z_]+\b(?!\()/.test(named), where);
  await picture(page, where);
  await checkWidth(page, where);
  await checkAccessibility(page, where);
  // Chromium reports a refused answer in the console: here that of the trace which is not stored.
  const surprises = complaints.filter((line) => !(empty && line.includes("status of 404")));
  assert.deepEqual(surprises, [], where);
  checked.pages += 1;
}

await withBrowser(async (browser) => {
  for (const language of languages) {
    for (const colorScheme of themes) {
      for (const width of widths) {
        // The narrowest once: what overflows there does so in every theme.
        if (width < 390 && (language === "en" || colorScheme === "light")) continue;
        const view = { language, colorScheme, width };
        const { page, context, complaints } = await openPage(browser, origin, { ...view, cookie });
        for (const wanted of cookie ? closed : open) await checkPage(page, complaints, wanted, view);
        await context.close();
      }
    }
  }
});
console.log(JSON.stringify(checked));
