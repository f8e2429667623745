/** Display settings as values: which exist, where this browser keeps them, which one wins. */
import type { Language } from "@/i18n";

export interface DisplaySettings {
  language?: Language;
  theme?: "light" | "dark" | "system";
  time_zone?: string;
  currency?: "KRW" | "USD";
  week_starts_on?: "monday" | "sunday";
}

export interface ResolvedSettings {
  language: Language;
  theme: "light" | "dark" | "system";
  timeZone: string;
  currency: "KRW" | "USD";
  weekStartsOn: "monday" | "sunday";
}

const STORAGE_NAME = "hannun-display-settings";

function oneOf<Choice extends string>(value: unknown, choices: readonly Choice[]) {
  return choices.find((choice) => choice === value);
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Keeps what is a valid setting; anything else is as if it were absent. */
export function cleanSettings(value: unknown): DisplaySettings {
  const raw = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const zone = raw["time_zone"];
  const entries = Object.entries({
    language: oneOf(raw["language"], ["ko", "en"]),
    theme: oneOf(raw["theme"], ["light", "dark", "system"]),
    time_zone: typeof zone === "string" && isTimeZone(zone) ? zone : undefined,
    currency: oneOf(raw["currency"], ["KRW", "USD"]),
    week_starts_on: oneOf(raw["week_starts_on"], ["monday", "sunday"]),
  });
  return Object.fromEntries(entries.filter(([, it]) => it !== undefined)) as DisplaySettings;
}

export function readStored(): DisplaySettings {
  try {
    return cleanSettings(JSON.parse(localStorage.getItem(STORAGE_NAME) ?? "{}"));
  } catch {
    return {};
  }
}

export function writeStored(settings: DisplaySettings): void {
  try {
    localStorage.setItem(STORAGE_NAME, JSON.stringify(settings));
  } catch {
    // Private windows may refuse to store; the setting then lasts until the page is closed.
  }
}

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
}

/** The first of `layers` that has a setting wins; the browser's own preference is last. */
export function resolveSettings(layers: readonly unknown[]): ResolvedSettings {
  const merged: DisplaySettings = Object.assign({}, ...[...layers].reverse().map(cleanSettings));
  const language = merged.language ?? browserLanguage();
  return {
    language,
    theme: merged.theme ?? "system",
    timeZone: merged.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    currency: merged.currency ?? (language === "ko" ? "KRW" : "USD"),
    weekStartsOn: merged.week_starts_on ?? (language === "ko" ? "sunday" : "monday"),
  };
}
