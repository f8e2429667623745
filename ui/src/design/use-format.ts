/** The formats of `format.ts`, bound to the language, time zone and currency of the person. */
import { useMemo } from "react";
import { useDisplaySettings } from "@/shell/display-settings";
import * as format from "./format";

type Value = number | null | undefined;

export function bindFormats(settings: format.FormatSettings) {
  return {
    settings,
    number: (value: Value) => format.formatNumber(value, settings),
    count: (value: Value) => format.formatCount(value, settings),
    short: (value: Value) => format.formatShort(value, settings),
    bytes: (value: Value) => format.formatBytes(value, settings),
    byteRate: (perSecond: Value) => format.formatByteRate(perSecond, settings),
    durationNs: (nanoseconds: Value) => format.formatDuration(nanoseconds, settings),
    durationMs: (milliseconds: Value) =>
      format.formatDuration(
        milliseconds === null || milliseconds === undefined ? null : milliseconds * 1e6,
        settings,
      ),
    percent: (value: Value) => format.formatPercent(value, settings),
    rate: (perSecond: Value) => format.formatRate(perSecond, settings),
    /** For text; a chart has one unit on its axis, which is `rate`. */
    frequency: (perSecond: Value) => format.formatFrequency(perSecond, settings),
    money: (value: Value, currency?: "KRW" | "USD") =>
      format.formatMoney(value, settings, currency),
    time: (timeMs: Value, detail?: "time" | "minute" | "second" | "millisecond" | "day") =>
      format.formatTime(timeMs, settings, detail),
    ago: (timeMs: Value, nowMs = Date.now()) => format.formatAgo(timeMs, nowMs, settings),
  };
}

export type Formats = ReturnType<typeof bindFormats>;

export function useFormat(): Formats {
  const { language, timeZone, currency } = useDisplaySettings().resolved;
  return useMemo(
    () => bindFormats({ language, timeZone, currency }),
    [language, timeZone, currency],
  );
}
