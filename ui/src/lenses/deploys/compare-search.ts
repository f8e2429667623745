/** What the URL of a comparison holds, and the links that lead to one. */
import { type RawSearch, searchNumber, searchText } from "@/common/search";

export interface CompareSearch {
  service?: string | undefined;
  /** Version of the base side; with a period, only what it did then. */
  base?: string | undefined;
  /** Milliseconds since 1970. A side without a period is that of the page. */
  base_from?: number | undefined;
  base_to?: number | undefined;
  version?: string | undefined;
  version_from?: number | undefined;
  version_to?: number | undefined;
  sort?: string | undefined;
}

export function validateCompareSearch(search: RawSearch): CompareSearch {
  const read = {
    service: searchText(search["service"]),
    base: searchText(search["base"]),
    ...period("base", search),
    version: searchText(search["version"]),
    ...period("version", search),
    sort: searchText(search["sort"]),
  };
  const entries = Object.entries(read).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as CompareSearch;
}

/** Both ends of a period, or none: half a period would silently mean another one. */
function period(side: "base" | "version", search: RawSearch) {
  const fromMs = timeMs(search[`${side}_from`]);
  const toMs = timeMs(search[`${side}_to`]);
  return fromMs === undefined || toMs === undefined || fromMs >= toMs
    ? {}
    : { [`${side}_from`]: fromMs, [`${side}_to`]: toMs };
}

function timeMs(value: unknown): number | undefined {
  const number = searchNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export interface SideAsked {
  version: string | undefined;
  fromMs: number | undefined;
  toMs: number | undefined;
}

export function baseOf(search: CompareSearch): SideAsked {
  return { version: search.base, fromMs: search.base_from, toMs: search.base_to };
}

export function otherOf(search: CompareSearch): SideAsked {
  return { version: search.version, fromMs: search.version_from, toMs: search.version_to };
}

export function isAsked(side: SideAsked): boolean {
  return side.version !== undefined || side.fromMs !== undefined;
}

/** Whether a side would be compared with itself. */
export function isSameSide(one: SideAsked, other: SideAsked): boolean {
  return one.version === other.version && one.fromMs === other.fromMs && one.toMs === other.toMs;
}

/** What of the URL a side is; undefined takes a parameter away. */
export function baseSearch(side: SideAsked) {
  return { base: side.version, base_from: side.fromMs, base_to: side.toMs };
}

export function otherSearch(side: SideAsked) {
  return { version: side.version, version_from: side.fromMs, version_to: side.toMs };
}

interface Deployed {
  service: string;
  version: string;
  previous_version?: string | null | undefined;
  at_ms: number;
}

/** Shorter times say too little about a version. */
const AROUND_MS_MIN = 3_600_000;

/**
 * The comparison of a deploy with the version before it: as long before as after, so that both
 * sides are in it wherever in the page's time the deploy was. The times are fixed, so that the
 * link shows the same tomorrow.
 */
export function compareDeploy(
  deploy: Deployed,
  range: { fromMs: number; toMs: number },
  nowMs = Date.now(),
) {
  const lengthMs = Math.max(range.toMs - range.fromMs, AROUND_MS_MIN);
  const [fromMs, atMs] = [Math.round(deploy.at_ms - lengthMs), Math.round(deploy.at_ms)];
  const toMs = Math.round(Math.max(atMs + 1, Math.min(atMs + lengthMs, nowMs)));
  const before: SideAsked =
    typeof deploy.previous_version === "string"
      ? { version: deploy.previous_version, fromMs: undefined, toMs: undefined }
      : { version: undefined, fromMs, toMs: atMs };
  const after = { version: deploy.version, fromMs: undefined, toMs: undefined };
  return {
    service: deploy.service,
    ...baseSearch(before),
    ...otherSearch(after),
    from: String(fromMs),
    to: String(toMs),
  };
}
