/** Records of a live tail: those that are shown, and those that wait while somebody reads. */
import type { LogRow } from "../logs-api";

/** Older ones are found by an ordinary search. */
export const TAIL_ROWS_MAX = 1_000;

export interface TailBuffer {
  /** The newest first. */
  rows: readonly LogRow[];
  /** Have come while the tail was paused; the newest first. */
  waiting: readonly LogRow[];
  /** How many have come since the pause, also those that had to go. */
  waitingCount: number;
  /** What the server left out because it could not send so fast. */
  skipped: number;
  isPaused: boolean;
}

export const NO_TAIL: TailBuffer = {
  rows: [],
  waiting: [],
  waitingCount: 0,
  skipped: 0,
  isPaused: false,
};

export type TailAction =
  | { type: "came"; rows: readonly LogRow[] }
  | { type: "skipped"; count: number }
  | { type: "paused" }
  | { type: "resumed" }
  | { type: "cleared" };

/** What came together is put in the order of time; what is shown already keeps its place. */
function newestFirst(added: readonly LogRow[], before: readonly LogRow[]): LogRow[] {
  const sorted = [...added].reverse().sort((a, b) => b.time_ms - a.time_ms);
  return [...sorted, ...before].slice(0, TAIL_ROWS_MAX);
}

export function reduceTail(tail: TailBuffer, action: TailAction): TailBuffer {
  switch (action.type) {
    case "came":
      return tail.isPaused
        ? {
            ...tail,
            waiting: newestFirst(action.rows, tail.waiting),
            waitingCount: tail.waitingCount + action.rows.length,
          }
        : { ...tail, rows: newestFirst(action.rows, tail.rows) };
    case "skipped":
      return { ...tail, skipped: tail.skipped + action.count };
    case "paused":
      return { ...tail, isPaused: true };
    case "resumed":
      return {
        ...tail,
        isPaused: false,
        rows: [...tail.waiting, ...tail.rows].slice(0, TAIL_ROWS_MAX),
        waiting: [],
        waitingCount: 0,
      };
    case "cleared":
      return NO_TAIL;
  }
}
