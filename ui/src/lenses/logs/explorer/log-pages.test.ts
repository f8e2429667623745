import { describe, expect, test } from "vitest";
import type { LogRow } from "../logs-api";
import { type Bucket, bucketsOf, divisions, LogPages, type Order, PAGE_ROWS } from "./log-pages";

/** A store of `total` rows, one a millisecond, that answers as the server does. */
class Store {
  asked = 0;
  constructor(
    readonly total: number,
    /** How many rows a histogram counts for each that is stored. */
    readonly weight = 1,
  ) {}

  buckets(fromMs: number, toMs: number, number: number): Bucket[] {
    const width = Math.max(1, Math.ceil((toMs - fromMs) / number));
    const from_ms = fromMs;
    const counts = Array.from({ length: Math.ceil((toMs - fromMs) / width) }, (_, at) => {
      const start = fromMs + at * width;
      return (Math.min(toMs, start + width, this.total) - start) * this.weight;
    });
    return bucketsOf({ from_ms, bucket_ms: width, statuses: [{ counts }] }, fromMs, toMs);
  }

  page(order: Order, fromMs: number, toMs: number, cursor: string | null) {
    const length = Math.min(toMs, this.total) - fromMs;
    const start = Number(cursor ?? 0);
    const end = Math.min(length, start + PAGE_ROWS);
    const rows = Array.from({ length: end - start }, (_, at) => {
      const offset = start + at;
      const time_ms = order === "asc" ? fromMs + offset : fromMs + length - 1 - offset;
      return { id: String(time_ms), time_ms } as LogRow;
    });
    return { rows, next_cursor: end < length ? String(end) : null };
  }
}

/** Asks for what is missing until nothing is; the rows from `start` to before `end`. */
function read(pages: LogPages, store: Store, start: number, end: number): (number | undefined)[] {
  for (let round = 0; round < 50; round += 1) {
    const requests = pages.missing(start, end);
    if (requests.length === 0) {
      break;
    }
    for (const request of requests) {
      store.asked += 1;
      const { fromMs, toMs } = request.part;
      if (request.kind === "divide") {
        pages.divide(request.part, store.buckets(fromMs, toMs, divisions(request.part)));
      } else {
        const answer = store.page(pages.order, fromMs, toMs, request.cursor);
        pages.setPage(request.part, request.page, answer.rows, answer.next_cursor);
      }
    }
  }
  return Array.from({ length: end - start }, (_, at) => pages.row(start + at)?.time_ms);
}

function opened(store: Store, order: Order = "desc"): LogPages {
  const pages = new LogPages(order);
  pages.setBuckets(store.buckets(0, store.total, 60));
  return pages;
}

describe("a list of ten million rows", () => {
  const store = new Store(10_000_000);

  test.each([0, 1, 199, 200, 5_000_000, 7_654_321, 9_999_950])("shows what is at %i", (index) => {
    const pages = opened(store);
    store.asked = 0;
    const rows = read(pages, store, index, index + 50);
    expect(rows).toEqual(Array.from({ length: 50 }, (_, at) => 9_999_999 - index - at));
    expect(pages.count).toBe(10_000_000);
    // Two divisions, and at most the pages of one part.
    expect(store.asked).toBeLessThan(20);
  });

  test("starts with the oldest when that is asked for", () => {
    const rows = read(opened(store, "asc"), store, 6_000_000, 6_000_003);
    expect(rows).toEqual([6_000_000, 6_000_001, 6_000_002]);
  });

  test("holds only the rows near the view, and reads the others again", () => {
    const pages = opened(store);
    for (let index = 0; index < 100_000; index += PAGE_ROWS) {
      read(pages, store, index, index + 50);
      expect(pages.heldRows).toBeLessThanOrEqual(40 * PAGE_ROWS);
    }
    expect(pages.row(10)).toBeUndefined();
    expect(read(pages, store, 10, 12)).toEqual([9_999_989, 9_999_988]);
  });
});

test("the beginning is there before the counts are", () => {
  const store = new Store(1_000);
  const pages = new LogPages("desc");
  pages.setFirst(store.page("desc", 0, 1_000, null).rows, false);
  expect([pages.count, pages.row(3)?.time_ms, pages.missing(0, 50)]).toEqual([200, 996, []]);
  pages.setBuckets(store.buckets(0, 1_000, 60));
  expect(pages.count).toBe(1_000);
  expect(read(pages, store, 190, 210)).toEqual(Array.from({ length: 20 }, (_, at) => 809 - at));
});

test("a beginning that is all needs no counts", () => {
  const pages = new LogPages("desc");
  pages.setFirst(new Store(3).page("desc", 0, 3, null).rows, true);
  pages.setBuckets([{ fromMs: 0, toMs: 3, count: 30 }]);
  expect([pages.count, pages.missing(0, 50)]).toEqual([3, []]);
});

test("a count that is more than what is stored is corrected by reading", () => {
  const store = new Store(500, 3);
  const pages = new LogPages("desc");
  pages.setBuckets(store.buckets(0, 500, 1));
  expect(pages.count).toBe(1_500);
  read(pages, store, 0, 1_400);
  expect(pages.count).toBe(500);
  expect(pages.row(499)?.time_ms).toBe(0);
});

test("many rows in one millisecond are read in turn", () => {
  const pages = new LogPages("desc");
  pages.setBuckets([{ fromMs: 5, toMs: 6, count: 100_000 }]);
  const [request] = pages.missing(50_000, 50_010);
  expect(request).toMatchObject({ kind: "page", page: 0, cursor: null });
});

test("a histogram that says nothing new ends the division", () => {
  const pages = new LogPages("desc");
  const bucket = { fromMs: 0, toMs: 100, count: 5_000 };
  pages.setBuckets([bucket]);
  const [request] = pages.missing(0, 10);
  expect(request?.kind).toBe("divide");
  if (request !== undefined) {
    pages.divide(request.part, [bucket]);
  }
  expect(pages.missing(0, 10)[0]).toMatchObject({ kind: "page", page: 0 });
});
