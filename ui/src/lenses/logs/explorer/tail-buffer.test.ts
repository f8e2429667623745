import { expect, test } from "vitest";
import type { LogRow } from "../logs-api";
import { NO_TAIL, reduceTail, TAIL_ROWS_MAX, type TailBuffer } from "./tail-buffer";

const rows = (...ids: (string | number)[]) =>
  ids.map((id) => ({ id: String(id), time_ms: Number(id) }) as LogRow);
const came = (tail: TailBuffer, ...ids: (string | number)[]) =>
  reduceTail(tail, { type: "came", rows: rows(...ids) });
const ids = (list: readonly LogRow[]) => list.map((it) => it.id).join(" ");

test("the newest record is on top", () => {
  expect(ids(came(came(NO_TAIL, 1, 2), 3).rows)).toBe("3 2 1");
});

test("records that come together are in the order of time", () => {
  expect(ids(came(came(NO_TAIL, 9), 2, 3, 1).rows)).toBe("3 2 1 9");
});

test("a paused tail stands still, counts, and goes on where it was", () => {
  const paused = came(reduceTail(came(NO_TAIL, 1), { type: "paused" }), 2, 3);
  expect([ids(paused.rows), paused.waitingCount]).toEqual(["1", 2]);
  const resumed = reduceTail(paused, { type: "resumed" });
  expect([ids(resumed.rows), resumed.waitingCount]).toEqual(["3 2 1", 0]);
});

test("a tail holds only the newest records, and counts all that came", () => {
  const many = Array.from({ length: TAIL_ROWS_MAX + 500 }, (_, at) => at);
  expect(came(NO_TAIL, ...many).rows).toHaveLength(TAIL_ROWS_MAX);
  const paused = came(reduceTail(NO_TAIL, { type: "paused" }), ...many);
  expect([paused.waiting.length, paused.waitingCount]).toEqual([TAIL_ROWS_MAX, many.length]);
});

test("what the server left out is counted", () => {
  const once = reduceTail(NO_TAIL, { type: "skipped", count: 5 });
  expect(reduceTail(once, { type: "skipped", count: 2 }).skipped).toBe(7);
});
