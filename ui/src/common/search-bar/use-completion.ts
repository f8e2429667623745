/** Fields, values and words that fit where the cursor is, asked of the server when typing pauses. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, type Schemas } from "@/api/client";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { charsBefore, unitOfChar } from "./char-columns";

const TYPING_PAUSE_MS = 120;
const STALE_AFTER_MS = 60_000;

export type SearchSource = "logs" | "spans";

export type CompletionItem = Schemas["SearchSuggestion"];

export interface Completion {
  /** The text that the items were found for, and where the cursor was. */
  text: string;
  cursor: number;
  /** The part that an item replaces, in UTF-16 units. */
  from: number;
  to: number;
  items: CompletionItem[];
}

export function useCompletion(
  source: SearchSource,
  text: string,
  cursor: number,
  isWanted: boolean,
): Completion | undefined {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const wanted = useMemo(() => ({ text, cursor }), [text, cursor]);
  const [asked] = useDebouncedValue(wanted, TYPING_PAUSE_MS);
  const { data } = useQuery({
    queryKey: ["search-completion", source, asked, fromMs, toMs, environment],
    enabled: isWanted,
    staleTime: STALE_AFTER_MS,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }): Promise<Completion> => {
      const query = {
        source,
        query: asked.text,
        cursor: charsBefore(asked.text, asked.cursor),
        from_ms: Math.round(fromMs),
        to_ms: Math.round(toMs),
        ...(environment === undefined ? {} : { environment }),
      };
      const { from, to, items } = await answer(
        api.GET("/api/v1/search/complete", { params: { query }, signal }),
      );
      return {
        ...asked,
        from: unitOfChar(asked.text, from),
        to: unitOfChar(asked.text, to),
        items,
      };
    },
  });
  // Items for another place would replace the wrong part.
  const isOfNow = data?.text === text && data.cursor === cursor;
  return isWanted && isOfNow ? data : undefined;
}
