/** The search, time range and environment of the page, in whole milliseconds. */
import { useMemo } from "react";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import type { Asked } from "./logs-api";

export function useAsked(query: string | undefined): Asked {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  return useMemo(
    () => ({
      query: query ?? "",
      fromMs: Math.round(fromMs),
      toMs: Math.round(toMs),
      environment,
    }),
    [query, fromMs, toMs, environment],
  );
}
