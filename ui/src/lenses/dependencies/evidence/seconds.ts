/** Durations as evidence says them: in seconds with one digit, so that they can be compared. */
import type { FormatSettings } from "@/design/format";
import { numberFormat } from "@/design/formatters";

type Language = FormatSettings["language"];

const SECOND_MS = 1000;

function number(value: number, language: Language, fewest: number, most: number): string {
  return numberFormat(language, {
    minimumFractionDigits: fewest,
    maximumFractionDigits: most,
  }).format(value);
}

function withUnit(value: string, isSeconds: boolean, language: Language): string {
  if (isSeconds) {
    return language === "ko" ? `${value}초` : `${value} s`;
  }
  return language === "ko" ? `${value}밀리초` : `${value} ms`;
}

/** A limit that somebody chose: `10 s`, `1.5 s`, `500 ms`; in Korean spelt out, as in a sentence. */
export function limitText(ms: number, language: Language): string {
  return ms < SECOND_MS
    ? withUnit(number(ms, language, 0, 0), false, language)
    : withUnit(number(ms / SECOND_MS, language, 0, 3), true, language);
}

/** What was measured: `12.0 s`, `640 ms`. */
export function measuredText(ms: number, language: Language): string {
  return rangeText(ms, ms, language);
}

/** `12.0 to 30.6 s`, `12.0~30.6초`; one value when both read the same. */
export function rangeText(fromMs: number, toMs: number, language: Language): string {
  const isSeconds = toMs >= SECOND_MS;
  const text = (ms: number) =>
    isSeconds ? number(ms / SECOND_MS, language, 1, 1) : number(ms, language, 0, 0);
  const [first, last] = [text(fromMs), text(toMs)];
  const joined = first === last ? first : `${first}${language === "ko" ? "~" : " to "}${last}`;
  return isSeconds ? withUnit(joined, true, language) : `${joined} ms`;
}
