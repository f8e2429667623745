/** Rates of intake from two reads of the counters. */
import type { Schemas } from "@/api/client";

export interface IntakeRate {
  signal: Schemas["IntakeStatus"]["signal"];
  acceptedRows: number;
  rejectedRows: number;
  /** Null until there are two reads of the same run of the server. */
  rowsPerSecond: number | null;
  bytesPerSecond: number | null;
  requestsPerSecond: number | null;
}

type Status = Pick<Schemas["Status"], "time_ms" | "intake">;

export function intakeRates(before: Status | undefined, now: Status): IntakeRate[] {
  const seconds = before === undefined ? 0 : (now.time_ms - before.time_ms) / 1000;
  return now.intake.map((counters) => {
    const earlier = before?.intake.find((it) => it.signal === counters.signal);
    const rate = (name: "accepted_rows" | "bytes" | "requests") => {
      const more = earlier === undefined ? -1 : counters[name] - earlier[name];
      // A counter that went back means that the server was started again.
      return seconds > 0 && more >= 0 ? more / seconds : null;
    };
    return {
      signal: counters.signal,
      acceptedRows: counters.accepted_rows,
      rejectedRows: counters.rejected_rows,
      rowsPerSecond: rate("accepted_rows"),
      bytesPerSecond: rate("bytes"),
      requestsPerSecond: rate("requests"),
    };
  });
}

/** How many times smaller files are than what was received; null without files. */
export function compressionRatio(table: { raw_bytes: number; file_bytes: number }): number | null {
  return table.file_bytes > 0 && table.raw_bytes > 0 ? table.raw_bytes / table.file_bytes : null;
}
