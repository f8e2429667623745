import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { bindFormats } from "@/design/use-format";
import { type Language, loadTexts, setLanguage, startI18n } from "@/i18n";
import type { Evidence } from "../dependencies-api";
import { exampleEvidence } from "./evidence-example";
import { headline, type Texts } from "./headline";

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("dependencies");
  await setLanguage("ko");
});

function say(evidence: Evidence, language: Language): string[] {
  const t = i18next.getFixedT(language, "dependencies") as unknown as Texts;
  return headline(evidence, t, bindFormats({ language, timeZone: "Asia/Seoul", currency: "KRW" }));
}

function withOver(change: Partial<Evidence["over"]>): Evidence {
  const evidence = exampleEvidence({ ids: [] });
  return { ...evidence, over: { ...evidence.over, ...change } };
}

describe("the headline says what a partner needs", () => {
  test("in English", () => {
    expect(say(exampleEvidence(), "en")).toEqual([
      "Since 2026-06-01 09:30 (UTC+9), 30 calls to registry.gov.example took over 10 s; " +
        "7 of them succeeded, after 12.0 to 30.6 s.",
      "23 calls ended with a timeout.",
      "Affected: order number 5032–5053 (22 in all).",
    ]);
  });

  test("in Korean, with the particles that its words ask for", () => {
    expect(say(exampleEvidence(), "ko")).toEqual([
      "2026-06-01 09:30 (UTC+9)부터 registry.gov.example 호출 30건이 10초를 넘었고, " +
        "그중 7건은 12.0~30.6초 만에 성공했습니다.",
      "23건은 타임아웃으로 끝났습니다.",
      "주문 번호 5032~5053이 영향을 받았습니다(모두 22건).",
    ]);
  });
});

test("none, one and all of the calls succeeding read as people say it", () => {
  const none = { succeeded: 0, fastest_success_ms: null, slowest_success_ms: null };
  expect(say(withOver({ ...none, calls: 23 }), "en")[0]).toContain("none of them succeeded.");
  expect(say(withOver({ ...none, calls: 23 }), "ko")[0]).toContain("성공한 것은 없습니다.");
  expect(say(withOver({ ...none, calls: 1, timeouts: 1 }), "en")).toEqual([
    "Since 2026-06-01 09:30 (UTC+9), 1 call to registry.gov.example took over 10 s; " +
      "it did not succeed.",
    "1 call ended with a timeout.",
  ]);
  expect(say(withOver({ calls: 7, timeouts: 0 }), "en")).toEqual([
    "Since 2026-06-01 09:30 (UTC+9), 7 calls to registry.gov.example took over 10 s; " +
      "all of them succeeded, after 12.0 to 30.6 s.",
  ]);
  expect(say(withOver({ calls: 7, timeouts: 0 }), "ko")[0]).toContain(
    "넘었지만, 모두 12.0~30.6초 만에 성공했습니다.",
  );
});

test("failures that were no timeouts are told apart", () => {
  expect(say(withOver({ timeouts: 20, failed: 3 }), "en").slice(1)).toEqual([
    "20 calls ended with a timeout.",
    "3 calls failed for another reason.",
  ]);
});

test("without slow calls it says so, and without any call too", () => {
  const quiet = withOver({ calls: 0, succeeded: 0, timeouts: 0, first_ms: null });
  expect(say(quiet, "en")).toEqual([
    "Between 2026-06-01 09:00 (UTC+9) and 2026-06-01 10:30 (UTC+9) none of the 412 calls to " +
      "registry.gov.example took over 10 s.",
  ]);
  expect(say(quiet, "ko")[0]).toContain("호출 412건 가운데 10초를 넘은 것은 없습니다.");
  const silent = { ...quiet, figures: { ...quiet.figures, requests: 0 } };
  expect(say(silent, "en")[0]).toContain("there were no calls to registry.gov.example.");
});

test("a filter is part of what is said", () => {
  const narrowed = exampleEvidence({ operation: "GET /v1", caller: "dispatch", ids: [] });
  expect(say(narrowed, "en")[0]).toContain("calls to registry.gov.example (GET /v1) by dispatch");
  expect(say(narrowed, "ko")[0]).toContain(
    "dispatch에서 보낸 registry.gov.example(GET /v1) 호출 30건이",
  );
});

test("ids that are no numbers are named, or counted when they are many", () => {
  const ids = { key: "member_id", distinct: 2, smallest: "kim", largest: "lee" };
  const few = exampleEvidence({ ids: [{ ...ids, values: ["kim", "lee"] }] });
  expect(say(few, "en").at(-1)).toBe("Affected: member ID kim, lee.");
  expect(say(few, "ko").at(-1)).toBe("회원 ID kim, lee이(가) 영향을 받았습니다.");
  const names = Array.from({ length: 30 }, (_, at) => `m-${at}x`);
  const many = exampleEvidence({ ids: [{ ...ids, distinct: 30, values: names }] });
  expect(say(many, "en").at(-1)).toBe(
    "Affected: 30 values of member ID, such as m-0x, m-1x, m-2x, m-3x, m-4x.",
  );
});

test("hostile names stay as they are", () => {
  const name = "{{range}} $t(title) <b>";
  expect(say(exampleEvidence({ name, ids: [] }), "en")[0]).toContain(`30 calls to ${name} took`);
});
