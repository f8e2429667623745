/** Routes of the logs lens: explorer, patterns, volume, pipelines. */
import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "@/common/lazy-page";
import {
  type RawSearch,
  searchChoice,
  searchFlag,
  searchList,
  searchNumber,
  searchText,
} from "@/common/search";
import { shellRoute } from "@/shell/root-routes";

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

export const RECORD_TABS = ["details", "json", "context", "trace"] as const;
export type RecordTab = (typeof RECORD_TABS)[number];
export const VOLUME_GROUPS = ["service", "status", "container", "pattern", "host", "env"] as const;
export type VolumeGroupBy = (typeof VOLUME_GROUPS)[number];

export interface ExplorerSearch {
  q?: string | undefined;
  /** Columns after status and time. */
  cols?: string[] | undefined;
  order?: "asc" | undefined;
  /** The record that is open beside the list. */
  record?: string | undefined;
  tab?: RecordTab | undefined;
  tail?: true | undefined;
  /** Facets besides the usual ones. */
  facet?: string[] | undefined;
  /** How the answer of a search with stages is drawn. */
  chart?: "table" | "line" | "bar" | undefined;
  x?: string | undefined;
  y?: string[] | undefined;
  series?: string | undefined;
}

function validateExplorer(search: RawSearch): ExplorerSearch {
  return present({
    q: searchText(search["q"]),
    cols: searchList(search["cols"]),
    order: searchChoice(search["order"], ["asc"] as const),
    record: searchText(search["record"]),
    tab: searchChoice(search["tab"], RECORD_TABS),
    tail: searchFlag(search["tail"]),
    facet: searchList(search["facet"]),
    chart: searchChoice(search["chart"], ["table", "line", "bar"] as const),
    x: searchText(search["x"]),
    y: searchList(search["y"]),
    series: searchText(search["series"]),
  });
}

export interface PatternsSearch {
  q?: string | undefined;
  /** What the patterns are compared with: the period before, or what was before `since`. */
  compare?: "previous" | "since" | undefined;
  /** Milliseconds since 1970. */
  since?: number | undefined;
  sort?: string | undefined;
}

function validatePatterns(search: RawSearch): PatternsSearch {
  return present({
    q: searchText(search["q"]),
    compare: searchChoice(search["compare"], ["previous", "since"] as const),
    since: searchNumber(search["since"]),
    sort: searchText(search["sort"]),
  });
}

export interface VolumeSearch {
  q?: string | undefined;
  group?: VolumeGroupBy | undefined;
  sort?: string | undefined;
}

function validateVolume(search: RawSearch): VolumeSearch {
  return present({
    q: searchText(search["q"]),
    group: searchChoice(search["group"], VOLUME_GROUPS),
    sort: searchText(search["sort"]),
  });
}

export interface PipelinesSearch {
  /** The pipeline that is open; `new` is one that is not saved yet. */
  pipeline?: string | undefined;
}

function validatePipelines(search: RawSearch): PipelinesSearch {
  return present({ pipeline: searchText(search["pipeline"]) });
}

const explorerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs",
  validateSearch: validateExplorer,
  component: lazyPage(() => import("./explorer/ExplorerPage"), "logs"),
});

const patternsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs/patterns",
  validateSearch: validatePatterns,
  component: lazyPage(() => import("./patterns/PatternsPage"), "logs"),
});

const volumeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs/volume",
  validateSearch: validateVolume,
  component: lazyPage(() => import("./volume/VolumePage"), "logs"),
});

const pipelinesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs/pipelines",
  validateSearch: validatePipelines,
  component: lazyPage(() => import("./pipelines/PipelinesPage"), "logs"),
});

export const logsRoutes = [explorerRoute, patternsRoute, volumeRoute, pipelinesRoute] as const;
