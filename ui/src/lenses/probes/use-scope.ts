/** The time range and environment of the page, as the questions of the probes take them. */
import { useMemo } from "react";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import type { Scope } from "./probes-api";

export function useScope(): Scope {
  const { setting, refreshedAtMs } = useTimeRange();
  const environment = useEnvironment();
  return useMemo(
    () => ({ range: setting, refreshedAtMs, environment }),
    [setting, refreshedAtMs, environment],
  );
}
