/** Which restated month is open, as the URL names it: `2026-10 aws`. */
import { monthText, parseDay } from "../period";

export function restatedText(source: string, periodStartMs: number): string {
  return `${monthText(periodStartMs)} ${source}`;
}

export function readRestated(
  text: string | undefined,
): { source: string; periodStartMs: number } | undefined {
  const [, month, source] = /^(\d{4}-\d\d) (.+)$/s.exec(text ?? "") ?? [];
  const periodStartMs = parseDay(`${month}-01`);
  return source === undefined || periodStartMs === undefined
    ? undefined
    : { source, periodStartMs };
}
