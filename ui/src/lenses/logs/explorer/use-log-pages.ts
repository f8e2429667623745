/** Asks for the rows that are in view, a few questions at a time. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import {
  type Asked,
  askHistogram,
  askLogs,
  type Histogram,
  type LogRow,
  type LogsAnswer,
} from "../logs-api";
import { bucketsOf, divisions, LogPages, type Order, PAGE_ROWS, type Request } from "./log-pages";

const QUESTIONS_MAX = 3;
/** Rows that only pass by while somebody scrolls are not asked for. */
const SCROLL_PAUSE_MS = 60;

interface First {
  asked: Asked;
  order: Order;
  columns: readonly string[];
  answer: LogsAnswer;
}

function useFirst(asked: Asked, order: Order, columns: readonly string[]) {
  return useQuery({
    queryKey: ["logs", "first", asked, order, columns],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<First> => {
      const wanted = { ...asked, order, columns, limit: PAGE_ROWS, cursor: null };
      return { asked, order, columns, answer: await askLogs(wanted, signal) };
    },
  });
}

export interface LogList {
  pages: LogPages | undefined;
  /** Changes whenever rows have come. */
  version: number;
  want: (start: number, end: number) => void;
  first: ReturnType<typeof useFirst>;
  error: unknown;
  retry: () => void;
}

/** `counts` is the histogram of the same question, once it is there. */
export function useLogPages(
  asked: Asked,
  order: Order,
  columns: readonly string[],
  counts: Histogram | undefined,
): LogList {
  const first = useFirst(asked, order, columns);
  const { data } = first;
  const pages = useMemo(() => {
    if (data === undefined) {
      return undefined;
    }
    const made = new LogPages(data.order);
    made.setFirst(data.answer.rows, data.answer.next_cursor === null);
    return made;
  }, [data]);
  const isOfNow = data !== undefined && !first.isPlaceholderData;
  const [version, changed] = useReducer((it: number) => it + 1, 0);
  useEffect(() => {
    if (isOfNow && counts !== undefined) {
      pages?.setBuckets(bucketsOf(counts, data.asked.fromMs, data.asked.toMs));
      changed();
    }
  }, [pages, isOfNow, counts, data]);
  const { want, error, retry } = useAnswers(pages, data, changed);
  return { pages, version, want, first, error, retry };
}

const keyOf = (request: Request) =>
  `${request.kind} ${request.part.fromMs} ${request.part.toMs} ${request.kind === "page" ? request.page : ""}`;

function useAnswers(pages: LogPages | undefined, first: First | undefined, changed: () => void) {
  const range = useRef({ start: 0, end: 0 });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [error, setError] = useState<unknown>(null);
  const running = useMemo(() => new Map<string, AbortController>(), []);
  const isFailed = useRef(false);
  const pump = useCallback(() => {
    if (pages === undefined || first === undefined || isFailed.current) {
      return;
    }
    const requests = pages.missing(range.current.start, range.current.end);
    for (const request of requests) {
      const key = keyOf(request);
      if (running.has(key) || running.size >= QUESTIONS_MAX) {
        continue;
      }
      const controller = new AbortController();
      running.set(key, controller);
      ask(pages, first, request, controller.signal)
        .then(changed)
        .catch((reason: unknown) => {
          if (!controller.signal.aborted) {
            isFailed.current = true;
            setError(reason);
          }
        })
        .finally(() => {
          running.delete(key);
          if (!controller.signal.aborted) {
            pump();
          }
        });
    }
  }, [pages, first, changed, running]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked for another list has ended
  useEffect(() => {
    isFailed.current = false;
    setError(null);
    return () => {
      clearTimeout(timer.current);
      for (const controller of running.values()) {
        controller.abort();
      }
      running.clear();
    };
  }, [pump, running]);
  const want = useCallback(
    (start: number, end: number) => {
      range.current = { start, end };
      clearTimeout(timer.current);
      timer.current = setTimeout(pump, SCROLL_PAUSE_MS);
    },
    [pump],
  );
  const retry = useCallback(() => {
    isFailed.current = false;
    setError(null);
    pump();
  }, [pump]);
  return { want, error, retry };
}

async function ask(pages: LogPages, first: First, request: Request, signal: AbortSignal) {
  const { part } = request;
  const asked = { ...first.asked, fromMs: part.fromMs, toMs: part.toMs };
  if (request.kind === "divide") {
    const counts = await askHistogram(asked, divisions(part), signal);
    pages.divide(part, bucketsOf(counts, part.fromMs, part.toMs));
    return;
  }
  const { order, columns } = first;
  let [rows, cursor]: [LogRow[], string | null] = [[], request.cursor];
  // A page may be short when finding more took long.
  do {
    const limit = PAGE_ROWS - rows.length;
    const answer = await askLogs({ ...asked, order, columns, limit, cursor }, signal);
    [rows, cursor] = [[...rows, ...answer.rows], answer.next_cursor];
  } while (cursor !== null && rows.length < PAGE_ROWS);
  pages.setPage(part, request.page, rows, cursor);
}
