/**
 * Numbers, bytes, durations, money and times as people read them: a unit always, and only the
 * digits that matter. Pure functions; pages use `useFormat()`, which binds language and time zone.
 */
import { kept, numberFormat } from "./formatters";

export interface FormatSettings {
  language: "ko" | "en";
  timeZone: string;
  currency: "KRW" | "USD";
}

/** What is shown when there is no value. */
export const NO_VALUE = "–";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SI_UNITS = ["", "k", "M", "G", "T"];
const SIGNIFICANT_DIGITS = 3;
/** A smaller share is only said to be there. */
const PERCENT_MIN = 0.01;

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** Three significant digits, but never fewer than the whole part: 0.0123, 1.23, 12.3, 123, 1234. */
function digits(value: number, settings: FormatSettings): string {
  const whole = Math.abs(value) >= 1 ? Math.floor(Math.log10(Math.abs(value))) + 1 : 0;
  const fraction = whole === 0 ? undefined : Math.max(0, SIGNIFICANT_DIGITS - whole);
  return numberFormat(
    settings.language,
    fraction === undefined
      ? { maximumSignificantDigits: SIGNIFICANT_DIGITS }
      : { maximumFractionDigits: fraction },
  ).format(value);
}

/** The magnitude that `digits` writes: units change by it, so that 999.9 ms is 1 s. */
function rounded(value: number): number {
  const magnitude = Math.abs(value);
  const isWhole = magnitude >= 10 ** (SIGNIFICANT_DIGITS - 1);
  return isWhole ? Math.round(magnitude) : Number(magnitude.toPrecision(SIGNIFICANT_DIGITS));
}

export function formatNumber(value: number | null | undefined, settings: FormatSettings): string {
  return isNumber(value) ? digits(value, settings) : NO_VALUE;
}

/** A whole count with every digit: 1,234,567. */
export function formatCount(value: number | null | undefined, settings: FormatSettings): string {
  return isNumber(value)
    ? numberFormat(settings.language, { maximumFractionDigits: 0 }).format(value)
    : NO_VALUE;
}

/** A count for narrow places: 1.23M. */
export function formatShort(value: number | null | undefined, settings: FormatSettings): string {
  return isNumber(value) ? scaled(value, 1000, SI_UNITS, "", settings) : NO_VALUE;
}

function scaled(
  value: number,
  base: number,
  units: readonly string[],
  space: string,
  settings: FormatSettings,
): string {
  let rest = value;
  let index = 0;
  while (rounded(rest) >= base && index < units.length - 1) {
    rest /= base;
    index += 1;
  }
  const unit = units[index] ?? "";
  return unit === "" ? digits(rest, settings) : `${digits(rest, settings)}${space}${unit}`;
}

export function formatBytes(value: number | null | undefined, settings: FormatSettings): string {
  return isNumber(value) ? scaled(value, 1024, BYTE_UNITS, " ", settings) : NO_VALUE;
}

/** A duration given in nanoseconds: 640 ns, 12.3 µs, 45.6 ms, 1.23 s, 2 min 5 s, 3 h 4 min, 5 d 6 h. */
export function formatDuration(
  nanoseconds: number | null | undefined,
  settings: FormatSettings,
): string {
  if (!isNumber(nanoseconds)) {
    return NO_VALUE;
  }
  const magnitude = Math.abs(nanoseconds);
  if (magnitude === 0) {
    return "0 ms";
  }
  const small: [number, string][] = [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
  ];
  if (rounded(magnitude / 1e9) < 60) {
    const [size, unit] = small.find(([it]) => rounded(magnitude / (it / 1000)) >= 1000) ?? [
      1,
      "ns",
    ];
    return `${digits(nanoseconds / size, settings)} ${unit}`;
  }
  return longDuration(nanoseconds / 1e9, settings.language);
}

function longDuration(seconds: number, language: "ko" | "en"): string {
  const names = language === "ko" ? ["일", "시간", "분", "초"] : ["d", "h", "min", "s"];
  const sizes = [86_400, 3_600, 60, 1];
  const space = language === "ko" ? "" : " ";
  // By what is written: one second below an hour is 59 min 59 s, less than half of one is an hour.
  const first = sizes.findIndex((size, at) => {
    const smaller = sizes[at + 2] ?? 1;
    return Math.round(Math.abs(seconds) / smaller) * smaller >= size;
  });
  const sign = seconds < 0 ? "-" : "";
  const [size, smaller] = [sizes[first] ?? 60, sizes[first + 1] ?? 1];
  const total = Math.round(Math.abs(seconds) / smaller);
  const big = Math.floor((total * smaller) / size);
  const small = total - (big * size) / smaller;
  const head = `${sign}${big}${space}${names[first] ?? ""}`;
  return small === 0 ? head : `${head} ${small}${space}${names[first + 1] ?? ""}`;
}

/** `value` is already a percentage: 12.3 gives 12.3%. */
export function formatPercent(value: number | null | undefined, settings: FormatSettings): string {
  if (!isNumber(value)) {
    return NO_VALUE;
  }
  return value > 0 && value < PERCENT_MIN ? `<${PERCENT_MIN}%` : `${digits(value, settings)}%`;
}

export function formatRate(perSecond: number | null | undefined, settings: FormatSettings): string {
  return isNumber(perSecond) ? `${scaled(perSecond, 1000, SI_UNITS, "", settings)}/s` : NO_VALUE;
}

/** Slower than this is told by a longer time. */
const RATE_MIN = 0.1;

/** How often something happens: rare things by the minute or hour, so that the number can be read. */
export function formatFrequency(
  perSecond: number | null | undefined,
  settings: FormatSettings,
): string {
  if (!isNumber(perSecond) || perSecond === 0 || perSecond >= RATE_MIN) {
    return formatRate(perSecond, settings);
  }
  const perMinute = perSecond * 60;
  return perMinute >= RATE_MIN
    ? `${digits(perMinute, settings)}/min`
    : `${digits(perSecond * 3600, settings)}/h`;
}

export function formatByteRate(
  perSecond: number | null | undefined,
  settings: FormatSettings,
): string {
  return isNumber(perSecond) ? `${formatBytes(perSecond, settings)}/s` : NO_VALUE;
}

export function formatMoney(
  value: number | null | undefined,
  settings: FormatSettings,
  currency: "KRW" | "USD" = settings.currency,
): string {
  return isNumber(value)
    ? numberFormat(settings.language, { style: "currency", currency }).format(value)
    : NO_VALUE;
}

type TimeDetail = "time" | "minute" | "second" | "millisecond" | "day";

const DAY: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };
const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

const TIME_OPTIONS: Record<TimeDetail, Intl.DateTimeFormatOptions> = {
  time: { ...CLOCK, second: "2-digit" },
  day: DAY,
  minute: { ...DAY, ...CLOCK },
  second: { ...DAY, ...CLOCK, second: "2-digit" },
  millisecond: { ...DAY, ...CLOCK, second: "2-digit", fractionalSecondDigits: 3 },
};

const timeFormat = kept(
  (timeZone: string, detail: TimeDetail) => `${timeZone} ${detail}`,
  // Swedish writes dates as ISO 8601 does.
  (timeZone, detail) => new Intl.DateTimeFormat("sv-SE", { ...TIME_OPTIONS[detail], timeZone }),
);

/** 2026-11-21 14:05:09, in the same shape in every language, in the time zone of the settings. */
export function formatTime(
  timeMs: number | null | undefined,
  settings: FormatSettings,
  detail: TimeDetail = "second",
): string {
  if (!isNumber(timeMs)) {
    return NO_VALUE;
  }
  return timeFormat(settings.timeZone, detail).format(timeMs).replace(",", ".");
}

const RELATIVE_UNITS: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

const relativeFormat = kept(
  (language: FormatSettings["language"]) => language,
  (language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }),
);

/** "3 minutes ago", "2시간 전". */
export function formatAgo(
  timeMs: number | null | undefined,
  nowMs: number,
  settings: FormatSettings,
): string {
  if (!isNumber(timeMs)) {
    return NO_VALUE;
  }
  const seconds = (timeMs - nowMs) / 1000;
  const [size, unit] = RELATIVE_UNITS.find(([it]) => Math.abs(seconds) >= it) ?? [1, "second"];
  return relativeFormat(settings.language).format(Math.round(seconds / size), unit);
}
