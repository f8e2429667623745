/** How long a probe has still to live, and what state that leaves it in. */

export const LIFE_MINUTES = [15, 30, 60, 240, 720, 1440] as const;
export const LIFE_MINUTES_DEFAULT = 60;
const MINUTE_MS = 60_000;

export function expiresAfter(minutes: number, nowMs: number): string {
  return new Date(nowMs + minutes * MINUTE_MS).toISOString();
}

/** Undefined for a time that cannot be read. */
export function expiryMs(expiresAt: unknown): number | undefined {
  const timeMs = typeof expiresAt === "string" ? Date.parse(expiresAt) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Whole seconds that are left, so that a countdown does not flicker; 0 when it is over. */
export function leftMs(expiresMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((expiresMs - nowMs) / 1000) * 1000);
}
