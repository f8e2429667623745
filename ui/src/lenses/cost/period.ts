/**
 * Which days are looked at. Bills count days in UTC, so a period starts and ends at midnight UTC,
 * whatever the time zone of the person is. The named ones end with the newest day of the bill: a
 * bill is a day or two late, and a test bill may be years old.
 */
export const PERIODS = ["latest_month", "month_before", "30d", "90d", "12_months"] as const;
export type PeriodName = (typeof PERIODS)[number];
export const FIRST_PERIOD: PeriodName = "latest_month";

export const DAY_MS = 86_400_000;

export interface CostPeriod {
  fromMs: number;
  /** After the last day. */
  toMs: number;
  name: PeriodName | "days";
}

/** The first of the month, `months` after that of `timeMs`. */
export function monthStart(timeMs: number, months = 0): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

export function dayStart(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** `2026-10-31` */
export function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** `2026-10` */
export function monthText(timeMs: number): string {
  return dayText(timeMs).slice(0, 7);
}

export function parseDay(text: string): number | undefined {
  const timeMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // The 31st of November is read as the first of December.
  return Number.isNaN(timeMs) || dayText(timeMs) !== text ? undefined : timeMs;
}

/** Days as the URL has them; both are included. */
export function daysText(fromMs: number, toMs: number): string {
  return `${dayText(fromMs)}..${dayText(Math.max(fromMs, toMs - 1))}`;
}

/** `dataUntilMs` is the end of what is billed; anything that is no period is the first one. */
export function readPeriod(text: string | undefined, dataUntilMs: number): CostPeriod {
  const [first = "", last = ""] = text?.split("..") ?? [];
  const [fromMs, lastMs] = [parseDay(first), parseDay(last)];
  if (fromMs !== undefined && lastMs !== undefined && fromMs <= lastMs) {
    return { fromMs, toMs: lastMs + DAY_MS, name: "days" };
  }
  const name = PERIODS.find((it) => it === text) ?? FIRST_PERIOD;
  return { ...namedPeriod(name, dataUntilMs - 1), name };
}

function namedPeriod(name: PeriodName, lastMs: number): { fromMs: number; toMs: number } {
  const end = dayStart(lastMs) + DAY_MS;
  switch (name) {
    case "latest_month":
      // Of a month that is not over only the days so far: what is before has as many.
      return { fromMs: monthStart(lastMs), toMs: end };
    case "month_before":
      return { fromMs: monthStart(lastMs, -1), toMs: monthStart(lastMs) };
    case "30d":
      return { fromMs: end - 30 * DAY_MS, toMs: end };
    case "90d":
      return { fromMs: end - 90 * DAY_MS, toMs: end };
    case "12_months":
      return { fromMs: monthStart(lastMs, -11), toMs: end };
  }
}

/** The days before or after; months give whole months, however long they are. */
export function shiftedPeriod(
  { fromMs, toMs, name }: CostPeriod,
  direction: 1 | -1,
): { fromMs: number; toMs: number } {
  if (name === "latest_month") {
    return { fromMs: monthStart(fromMs, direction), toMs: monthStart(fromMs, direction + 1) };
  }
  const areMonths = monthStart(fromMs) === fromMs && monthStart(toMs) === toMs;
  if (!areMonths) {
    const length = toMs - fromMs;
    return { fromMs: fromMs + direction * length, toMs: toMs + direction * length };
  }
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  const months = direction * (12 * years + to.getUTCMonth() - from.getUTCMonth());
  return { fromMs: monthStart(fromMs, months), toMs: monthStart(toMs, months) };
}
