/** Clock times in a named time zone, as `datetime-local` inputs write them. */
import { formatTime } from "@/design/format";

const MINUTE_MS = 60_000;

/** `2026-11-21T14:05:09` as clocks in `timeZone` show it. */
export function wallTimeText(timeMs: number, timeZone: string): string {
  return formatTime(timeMs, { language: "en", timeZone, currency: "USD" }, "second").replace(
    " ",
    "T",
  );
}

/** How far clocks in `timeZone` are ahead of UTC at that moment. */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  const wholeSecondMs = Math.floor(timeMs / 1000) * 1000;
  return Date.parse(`${wallTimeText(wholeSecondMs, timeZone)}Z`) - wholeSecondMs;
}

/**
 * The moment at which clocks in `timeZone` show `text`; undefined when it is not a time. Of an
 * hour that happens twice the first is taken.
 */
export function parseWallTime(text: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) {
    return undefined;
  }
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) {
    return undefined;
  }
  // The offset before and after a change of clocks; the greater one gives the earlier moment.
  const day = 24 * 60 * MINUTE_MS;
  const offsets = [zoneOffsetMs(asUtc - day, timeZone), zoneOffsetMs(asUtc + day, timeZone)];
  const candidates = offsets.map((offset) => asUtc - offset).sort((a, b) => a - b);
  const exact = candidates.find((it) => it + zoneOffsetMs(it, timeZone) === asUtc);
  return exact ?? candidates[0];
}

/** `UTC+9`, `UTC-3:30`. */
export function zoneOffsetText(timeMs: number, timeZone: string): string {
  const minutes = Math.round(zoneOffsetMs(timeMs, timeZone) / MINUTE_MS);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const tail = rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${tail}`;
}
