/** Weeks that begin on Monday at midnight of a time zone. */
import { parseWallTime, wallTimeText } from "@/shell/wall-time";

const DAY_MS = 86_400_000;
const DAYS = 7;

/** A day as its own midnight in UTC, where every day has the same length. */
function dayOf(timeMs: number, timeZone: string): number {
  return Date.parse(`${wallTimeText(timeMs, timeZone).slice(0, 10)}T00:00:00Z`);
}

function dateText(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

function mondayOf(day: number): number {
  // 1970-01-01 was a Thursday.
  const sinceMonday = (Math.floor(day / DAY_MS) + 3) % DAYS;
  return day - ((sinceMonday + DAYS) % DAYS) * DAY_MS;
}

/** The Monday on or before a date such as `2026-11-18`; undefined when the text is no date. */
export function mondayText(date: string | undefined): string | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(date ?? "") ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(day) ? undefined : dateText(mondayOf(day));
}

/** The Monday of the last week that is over. */
export function lastWholeWeek(nowMs: number, timeZone: string): string {
  return dateText(mondayOf(dayOf(nowMs, timeZone)) - DAYS * DAY_MS);
}

export function shiftWeeks(monday: string, weeks: number): string {
  return dateText(Date.parse(`${monday}T00:00:00Z`) + weeks * DAYS * DAY_MS);
}

/** The last day of the week that begins at `monday`. */
export function sundayOf(monday: string): string {
  return dateText(Date.parse(`${monday}T00:00:00Z`) + (DAYS - 1) * DAY_MS);
}

/**
 * A moment on the Monday after the week of `monday`, at which it is the last whole one. At noon, for
 * a midnight may be skipped when clocks change.
 */
export function momentAfter(monday: string, timeZone: string): number {
  return parseWallTime(`${shiftWeeks(monday, 1)}T12:00:00`, timeZone) ?? Number.NaN;
}

/** The week of `latest` and those before it, the latest first. */
export function weekChoices(latest: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => shiftWeeks(latest, -at));
}
