/** Cells of a result as text: what a person reads, and what a spreadsheet gets. */
import { numberFormat } from "@/design/formatters";
import type { Formats } from "@/design/use-format";
import { isNumberColumn, type ResultColumn } from "./chart-choice";

/** An absent value; shown in a style of its own. */
export const ABSENT = "—";
const FRACTION_DIGITS_MAX = 6;
const WIDTH_MIN = 80;
const WIDTH_MAX = 420;
const CHARACTER_PIXELS = 7.6;
const CELL_PADDING = 28;
const ROWS_MEASURED = 100;
const WIDE_CHARACTERS = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]/g;

export type CellKind = "absent" | "number" | "time" | "json" | "trace" | "text";

export interface ShownCell {
  kind: CellKind;
  text: string;
  /** More exact than the text, for a tooltip. */
  exact?: string;
}

const TRACE_ID = /^[0-9a-f]{32}$/;

export function showCell(value: unknown, column: ResultColumn, format: Formats): ShownCell {
  if (value === null || value === undefined) {
    return { kind: "absent", text: ABSENT };
  }
  if (column.type === "timestamp") {
    return timeCell(String(value), format);
  }
  if (column.type === "duration" && typeof value === "number") {
    return { kind: "number", text: format.durationNs(value), exact: `${value} ns` };
  }
  if (isNumberColumn(column)) {
    return { kind: "number", text: numberText(value, format) };
  }
  if (typeof value === "object" || column.type === "json") {
    return { kind: "json", text: typeof value === "string" ? value : JSON.stringify(value) };
  }
  const text = String(value);
  return { kind: column.name === "trace_id" && TRACE_ID.test(text) ? "trace" : "text", text };
}

/** With separators and without losing digits; integers beyond 2^53 come as text. */
function numberText(value: unknown, { settings }: Formats): string {
  const format = numberFormat(settings.language, {
    maximumFractionDigits: FRACTION_DIGITS_MAX,
  });
  if (typeof value === "string" && /^-?\d+$/.test(value)) {
    return format.format(BigInt(value));
  }
  if (typeof value !== "number") {
    return String(value);
  }
  const isTiny = value !== 0 && Math.abs(value) < 10 ** -FRACTION_DIGITS_MAX;
  return isTiny ? value.toPrecision(3) : format.format(value);
}

function timeCell(text: string, format: Formats): ShownCell {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs)
    ? { kind: "text", text }
    : { kind: "time", text: format.time(timeMs, "millisecond"), exact: `${text} (UTC)` };
}

/** JSON with indentation; text that is no JSON as it is. Large integers keep their digits. */
export function prettyJson(value: unknown): string {
  if (typeof value !== "string") {
    return JSON.stringify(value, null, 2) ?? "";
  }
  const hasLargeInteger = /[0-9]{16,}/.test(value);
  try {
    const parsed: unknown = JSON.parse(value);
    return hasLargeInteger ? value : JSON.stringify(parsed, null, 2);
  } catch {
    return value;
  }
}

/** The width that most values of a column need, in pixels. */
export function columnWidth(
  column: ResultColumn,
  at: number,
  rows: readonly (readonly unknown[])[],
  format: Formats,
): number {
  let longest = textLength(column.name) + 2;
  for (const row of rows.slice(0, ROWS_MEASURED)) {
    longest = Math.max(longest, textLength(showCell(row[at], column, format).text));
  }
  const width = Math.round(longest * CHARACTER_PIXELS) + CELL_PADDING;
  return Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width));
}

function textLength(text: string): number {
  const measured = text.slice(0, 80);
  return measured.length + 0.7 * (measured.match(WIDE_CHARACTERS)?.length ?? 0);
}
