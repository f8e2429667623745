/** Times of spans that are too large for a number: nanoseconds since 1970. */

/** `traceStart` is decimal text, as the API tells it. */
export function startNsText(traceStart: string, afterNs: number): string {
  return String(BigInt(traceStart) + BigInt(Math.round(afterNs)));
}

/** Nanoseconds after the start of the trace; a trace is short enough for a number. */
export function afterStartNs(traceStart: string, timeNs: string): number {
  return Number(BigInt(timeNs) - BigInt(traceStart));
}
