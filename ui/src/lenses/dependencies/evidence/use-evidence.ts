/** The evidence that the address of the page asks for. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { evidenceQuery, THRESHOLD_MS } from "../dependencies-api";
import { NO_ATTRIBUTE } from "../routes";

const route = getRouteApi("/shell/dependencies/evidence");

export function useEvidence() {
  const search = route.useSearch();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const asked = {
    fromMs,
    toMs,
    environment,
    name: search.name ?? "",
    kind: search.kind ?? "external",
    operation: search.operation,
    caller: search.caller,
    thresholdMs: search.threshold ?? THRESHOLD_MS,
    attributes: search.ids?.filter((it) => it !== NO_ATTRIBUTE),
  } as const;
  const query = useQuery({ ...evidenceQuery(asked), enabled: search.name !== undefined });
  // Without a choice in the address the server takes the likeliest key, and says which.
  const attributes = asked.attributes ?? query.data?.attributes ?? [];
  return { query, asked, attributes, search };
}
