/** What the evidence says, as the few sentences that are sent to a partner. */
import type { Formats } from "@/design/use-format";
import { zoneOffsetText } from "@/shell/wall-time";
import type { AffectedIds, Evidence } from "../dependencies-api";
import { keyName } from "./key-names";
import { asObject, asSubject } from "./korean";
import { limitText, rangeText } from "./seconds";

export type Texts = (key: string, values?: Record<string, unknown>) => string;

/** Values that are named one by one; more are only counted. */
const NAMED_MAX = 5;

/** A time that means the same to everybody who reads it. */
export function timeWithZone(
  timeMs: number,
  format: Formats,
  detail: "minute" | "second" | "millisecond" = "minute",
): string {
  const zone = zoneOffsetText(timeMs, format.settings.timeZone);
  return `${format.time(timeMs, detail)} (${zone})`;
}

export function headline(evidence: Evidence, t: Texts, format: Formats): string[] {
  const { over } = evidence;
  const target = targetText(evidence, t);
  const { language } = format.settings;
  const limit = limitText(evidence.threshold_ms, language);
  const threshold = language === "ko" ? asObject(limit) : limit;
  if (over.calls === 0 || over.first_ms === null) {
    const key = evidence.figures.requests === 0 ? "no_calls" : "none_over";
    const period = {
      from: timeWithZone(evidence.from_ms, format),
      to: timeWithZone(evidence.to_ms, format),
    };
    const calls = format.count(evidence.figures.requests);
    return [t(`headline.${key}`, { ...period, target, threshold, calls })];
  }
  const range =
    over.fastest_success_ms === null || over.slowest_success_ms === null
      ? ""
      : rangeText(over.fastest_success_ms, over.slowest_success_ms, language);
  const share = over.succeeded === 0 ? "none" : over.succeeded === over.calls ? "all" : "some";
  const first = t(`headline.${share}`, {
    count: over.calls,
    first: timeWithZone(over.first_ms, format),
    calls: format.count(over.calls),
    succeeded: format.count(over.succeeded),
    target,
    threshold,
    range,
  });
  return [
    first,
    ...failures(evidence, t, format),
    ...evidence.ids.map((it) => affected(it, t, format)),
  ];
}

function targetText({ name, operation, caller }: Evidence, t: Texts): string {
  const host = operation === null ? name : t("headline.operation", { name, operation });
  return caller === null ? host : t("headline.caller", { target: host, caller });
}

function failures({ over }: Evidence, t: Texts, format: Formats): string[] {
  const sentence = (key: string, count: number) =>
    count === 0 ? [] : [t(`headline.${key}`, { count, calls: format.count(count) })];
  return [...sentence("timeout", over.timeouts), ...sentence("failed", over.failed)];
}

/** Which business ids are affected: a span of numbers, a few names, or how many. */
function affected(ids: AffectedIds, t: Texts, format: Formats): string {
  const name = idName(ids.key, t);
  const { distinct, smallest, largest } = ids;
  const isKorean = format.settings.language === "ko";
  const subject = (text: string) => (isKorean ? asSubject(text) : text);
  if (distinct === 0 || smallest === null || largest === null) {
    return t("headline.ids_none", { name });
  }
  if (distinct === 1) {
    return t("headline.ids_single", { ids: subject(`${name} ${smallest}`) });
  }
  if (/^\d+$/.test(smallest) && /^\d+$/.test(largest)) {
    const span = `${name} ${smallest}${isKorean ? "~" : "–"}${largest}`;
    return t("headline.ids_span", { ids: subject(span), distinct: format.count(distinct) });
  }
  const named = ids.values.slice(0, NAMED_MAX).join(", ");
  return distinct <= Math.min(NAMED_MAX, ids.values.length)
    ? t("headline.ids_named", { ids: subject(`${name} ${named}`) })
    : t("headline.ids_many", { name, distinct: format.count(distinct), named });
}

/** An attribute as a person would call it, as far as its words are known. */
export function idName(key: string, t: Texts): string {
  return keyName(key, (word) =>
    /^[a-z]+$/.test(word) ? t(`word.${word}`, { defaultValue: word }) : word,
  );
}
