/**
 * Rows of a search of any length, of which only those near the view are held. The histogram says
 * how many rows lie in each part of the time, so any place of the list is found without reading
 * what is before it; parts with many rows are divided further when somebody comes near. A count
 * that turns out wrong is corrected when its part is read to the end. No React here.
 */
import type { LogRow } from "../logs-api";

/** Rows of one request. */
export const PAGE_ROWS = 200;
/** A part with more rows is divided by a histogram of its own. */
const PART_ROWS_MAX = 2_000;
/** Pages that are held; others are read again when they come into view. */
const PAGES_HELD_MAX = 40;
const PART_MS_MIN = 1;
const PART_ROWS_WANTED = 1_000;
const DIVISIONS_MAX = 60;

export interface Part {
  /** With the first millisecond, without the last. */
  fromMs: number;
  toMs: number;
  count: number;
  /** Not to be divided again. */
  isLeaf: boolean;
  pages: Map<number, LogRow[]>;
  /** Where page n begins; undefined is not known yet, null the beginning. */
  cursors: (string | null)[];
}

export type Request =
  | { kind: "page"; part: Part; page: number; cursor: string | null }
  | { kind: "divide"; part: Part };

export interface Bucket {
  fromMs: number;
  toMs: number;
  count: number;
}

export type Order = "desc" | "asc";

/** Into how many parts a part is divided. */
export function divisions({ count }: Part): number {
  return Math.max(2, Math.min(DIVISIONS_MAX, Math.ceil(count / PART_ROWS_WANTED)));
}

function newPart({ fromMs, toMs, count }: Bucket): Part {
  const isLeaf = count <= PART_ROWS_MAX || toMs - fromMs <= PART_MS_MIN;
  return { fromMs, toMs, count, isLeaf, pages: new Map(), cursors: [null] };
}

/** Buckets of a histogram, within the range that was asked for. */
export function bucketsOf(
  histogram: {
    from_ms: number;
    bucket_ms: number;
    statuses: readonly { counts: readonly number[] }[];
  },
  fromMs: number,
  toMs: number,
): Bucket[] {
  const length = Math.max(0, ...histogram.statuses.map(({ counts }) => counts.length));
  const buckets = Array.from({ length }, (_, at) => {
    const start = histogram.from_ms + at * histogram.bucket_ms;
    return {
      fromMs: Math.max(fromMs, start),
      toMs: Math.min(toMs, start + histogram.bucket_ms),
      count: histogram.statuses.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0),
    };
  });
  return buckets.filter((it) => it.count > 0 && it.toMs > it.fromMs);
}

export class LogPages {
  private parts: Part[] | undefined;
  private first: readonly LogRow[] = [];
  private isFirstAll = false;
  /** Pages in the order of their last use. */
  private used: { part: Part; page: number }[] = [];

  constructor(readonly order: Order) {}

  /** The beginning of the list, which is asked for at once, before the counts are known. */
  setFirst(rows: readonly LogRow[], isAll: boolean): void {
    this.first = rows;
    this.isFirstAll = isAll;
  }

  setBuckets(buckets: readonly Bucket[]): void {
    this.parts = this.inOrder(buckets).map(newPart);
  }

  private inOrder(buckets: readonly Bucket[]): Bucket[] {
    const sorted = [...buckets].sort((a, b) => a.fromMs - b.fromMs);
    return this.order === "asc" ? sorted : sorted.reverse();
  }

  /** How many rows there are, as far as it is known. */
  get count(): number {
    const counted = (this.parts ?? []).reduce((sum, part) => sum + part.count, 0);
    return this.isFirstAll ? this.first.length : Math.max(this.first.length, counted);
  }

  get heldRows(): number {
    return this.used.reduce((sum, { part, page }) => sum + (part.pages.get(page)?.length ?? 0), 0);
  }

  private locate(index: number): { part: Part; at: number } | undefined {
    let before = 0;
    for (const part of this.parts ?? []) {
      if (index < before + part.count) {
        return { part, at: index - before };
      }
      before += part.count;
    }
    return undefined;
  }

  row(index: number): LogRow | undefined {
    const first = this.first[index];
    if (first !== undefined) {
      return first;
    }
    const found = this.locate(index);
    return found?.part.pages.get(Math.floor(found.at / PAGE_ROWS))?.[found.at % PAGE_ROWS];
  }

  /** What has to be asked so that the rows from `start` to before `end` are there. */
  missing(start: number, end: number): Request[] {
    const requests = new Map<string, Request>();
    for (let index = start; index < Math.min(end, this.count); ) {
      const found = index < this.first.length ? undefined : this.locate(index);
      if (found === undefined) {
        index += 1;
        continue;
      }
      const { part, at } = found;
      if (!part.isLeaf) {
        requests.set(`${part.fromMs}`, { kind: "divide", part });
        index += part.count - at;
        continue;
      }
      const page = Math.floor(at / PAGE_ROWS);
      if (part.pages.has(page)) {
        this.touch(part, page);
      } else {
        // Pages of a part are read in turn: each says where the next one begins.
        const known = Math.min(page, part.cursors.length - 1);
        const cursor = part.cursors[known] ?? null;
        requests.set(`${part.fromMs} ${known}`, { kind: "page", part, page: known, cursor });
      }
      index += Math.min(PAGE_ROWS - (at % PAGE_ROWS), part.count - at);
    }
    return [...requests.values()];
  }

  setPage(part: Part, page: number, rows: LogRow[], nextCursor: string | null): void {
    part.pages.set(page, rows);
    if (nextCursor === null) {
      part.count = page * PAGE_ROWS + rows.length;
    } else {
      part.cursors[page + 1] = nextCursor;
      part.count = Math.max(part.count, (page + 1) * PAGE_ROWS + 1);
    }
    this.touch(part, page);
    while (this.used.length > PAGES_HELD_MAX) {
      const oldest = this.used.shift();
      oldest?.part.pages.delete(oldest.page);
    }
  }

  /** Puts the parts of a part in its place. */
  divide(part: Part, buckets: readonly Bucket[]): void {
    const at = this.parts?.indexOf(part) ?? -1;
    if (at < 0) {
      return;
    }
    const isDivided = buckets.length > 1 || (buckets[0]?.count ?? 0) < part.count;
    if (isDivided || buckets.some((it) => it.toMs - it.fromMs < part.toMs - part.fromMs)) {
      this.parts?.splice(at, 1, ...this.inOrder(buckets).map(newPart));
    } else {
      part.isLeaf = true;
    }
  }

  private touch(part: Part, page: number): void {
    this.used = this.used.filter((it) => it.part !== part || it.page !== page);
    this.used.push({ part, page });
  }
}
