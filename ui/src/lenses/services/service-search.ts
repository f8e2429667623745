/** What the URLs of the services lens hold. */
import { type RawSearch, searchChoice, searchFlag, searchText } from "@/common/search";

export const SERVICE_TABS = [
  "overview",
  "latency",
  "endpoints",
  "hits",
  "dependencies",
  "deploys",
  "errors",
  "infrastructure",
  "cost",
] as const;
export type ServiceTab = (typeof SERVICE_TABS)[number];

export const QUANTILES = ["p50_ms", "p95_ms", "p99_ms"] as const;
export type Quantile = (typeof QUANTILES)[number];

export interface ServicesSearch {
  filter?: string | undefined;
  sort?: string | undefined;
}

export interface ServiceSearch {
  tab?: ServiceTab | undefined;
  /** Charts, latency and hit map are of this endpoint only. */
  endpoint?: string | undefined;
  /** Of the table of the tab. */
  sort?: string | undefined;
  /** The latency that is drawn by version. */
  quantile?: Quantile | undefined;
  /** The part of the hit map whose requests are listed; see `hit-box.ts`. */
  box?: string | undefined;
  /** Hit map: failed requests only. */
  errors?: true | undefined;
  scale?: "linear" | undefined;
  /** Dependencies: the node whose operations are open. */
  peer?: string | undefined;
}

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

export function validateServicesSearch(search: RawSearch): ServicesSearch {
  return present({ filter: searchText(search["filter"]), sort: searchText(search["sort"]) });
}

export function validateServiceSearch(search: RawSearch): ServiceSearch {
  return present({
    tab: searchChoice(search["tab"], SERVICE_TABS),
    endpoint: searchText(search["endpoint"]),
    sort: searchText(search["sort"]),
    quantile: searchChoice(search["quantile"], QUANTILES),
    box: searchText(search["box"]),
    errors: searchFlag(search["errors"]),
    scale: searchChoice(search["scale"], ["linear"] as const),
    peer: searchText(search["peer"]),
  });
}
