/** The query client and the questions that more than one page asks. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, answer, api, ConnectionError, onUnauthorized, setCsrfToken } from "./client";

const RETRIES_MAX = 3;
const RETRY_DELAY_MS_MAX = 10_000;
const STALE_AFTER_MS = 10_000;
const STATUS_EVERY_MS = 10_000;

function retryDelay(attempt: number): number {
  return Math.min(500 * 2 ** attempt, RETRY_DELAY_MS_MAX);
}

/** A refusal stays a refusal; only silence and a busy server are worth asking again. */
export function isWorthRetrying(attempt: number, error: Error): boolean {
  const temporary =
    error instanceof ConnectionError || (error instanceof ApiError && error.status === 503);
  return temporary && attempt < RETRIES_MAX;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      retry: isWorthRetrying,
      retryDelay,
      staleTime: STALE_AFTER_MS,
      refetchOnWindowFocus: false,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  // Without the signal: a component that goes away must not cancel what a route waits for.
  queryFn: async () => {
    const session = await answer(api.GET("/api/v1/session"));
    setCsrfToken(session.csrf_token ?? null);
    return session;
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  // Without a session nothing can be shown, so this question is never given up.
  retry: (_attempt, error) => error instanceof ConnectionError,
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/status", { signal })),
  refetchInterval: STATUS_EVERY_MS,
});

// Whether the session has ended is for the session itself to say: then the shell leads to signing in.
onUnauthorized(() => void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }));
