/** Takes over a new session: its token protects requests, and nothing of another person remains. */
import { type Schemas, setCsrfToken } from "@/api/client";
import { queryClient, sessionQuery } from "@/api/queries";

export function useEnter(): (session: Schemas["Session"]) => void {
  return (session) => {
    setCsrfToken(session.csrf_token ?? null);
    queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    queryClient.setQueryData(sessionQuery.queryKey, session);
  };
}
