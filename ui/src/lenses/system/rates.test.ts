import { expect, test } from "vitest";
import { compressionRatio, intakeRates } from "./rates";

function read(time_ms: number, accepted_rows: number) {
  const counters = { requests: accepted_rows / 10, accepted_rows, rejected_rows: 3, bytes: 0 };
  return { time_ms, intake: [{ signal: "traces" as const, ...counters }] };
}

test("rates come from two reads", () => {
  expect(intakeRates(read(1000, 100), read(6000, 600))).toEqual([
    {
      signal: "traces",
      acceptedRows: 600,
      rejectedRows: 3,
      rowsPerSecond: 100,
      bytesPerSecond: 0,
      requestsPerSecond: 10,
    },
  ]);
});

test("one read, or a restart between two, gives no rate", () => {
  expect(intakeRates(undefined, read(1000, 100))[0]?.rowsPerSecond).toBeNull();
  expect(intakeRates(read(1000, 100), read(6000, 40))[0]?.rowsPerSecond).toBeNull();
});

test("an empty table has no compression ratio", () => {
  expect(compressionRatio({ raw_bytes: 130, file_bytes: 10 })).toBe(13);
  expect(compressionRatio({ raw_bytes: 0, file_bytes: 0 })).toBeNull();
});
