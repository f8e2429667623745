/** The address of an evidence page that shows everybody the same, whenever they open it. */
import { stringifySearch } from "@/common/search";
import type { Scope } from "../dependencies-api";
import { type EvidenceSearch, NO_ATTRIBUTE } from "../routes";

export interface Shared extends Scope {
  search: EvidenceSearch;
  thresholdMs: number;
  attributes: readonly string[];
}

/** What the page chose by itself is written out, and the time range is absolute. */
export function shareLink(origin: string, shared: Shared): string {
  const { search, fromMs, toMs, environment, thresholdMs, attributes } = shared;
  return `${origin}/dependencies/evidence${stringifySearch({
    ...search,
    from: Math.round(fromMs),
    to: Math.round(toMs),
    env: environment,
    threshold: thresholdMs,
    ids: attributes.length === 0 ? [NO_ATTRIBUTE] : [...attributes],
  })}`;
}
