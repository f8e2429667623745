/** Times for files that others read: ISO 8601 with the offset of the time zone. */
import { wallTimeText, zoneOffsetMs } from "@/shell/wall-time";

/** `2026-11-21T18:04:09.087+09:00`. */
export function isoTime(timeMs: number, timeZone: string): string {
  const whole = Math.floor(timeMs);
  const milliseconds = String(((whole % 1000) + 1000) % 1000).padStart(3, "0");
  const minutes = Math.round(zoneOffsetMs(whole, timeZone) / 60_000);
  const pad = (value: number) => String(value).padStart(2, "0");
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `${minutes < 0 ? "-" : "+"}${pad(hours)}:${pad(rest)}`;
  return `${wallTimeText(whole, timeZone)}.${milliseconds}${offset}`;
}
