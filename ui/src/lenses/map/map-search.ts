/** What of the map is in the URL. It is loaded with the app, so it imports nothing of the map. */
import {
  type RawSearch,
  searchChoice,
  searchFlag,
  searchList,
  searchNumber,
  searchText,
} from "@/common/search";

export const KINDS = ["service", "database", "cache", "queue", "external"] as const;
export type NodeKind = (typeof KINDS)[number];
export const MEASURES = ["rate", "errors", "p95"] as const;
export type Measure = (typeof MEASURES)[number];
export const DEPTHS = [1, 2, 3] as const;
const DEPTH_DEFAULT = 1;

export interface MapSearch {
  /** Only the neighbourhood of this service. */
  service?: string | undefined;
  depth?: number | undefined;
  /** What the numbers say; requests a second when absent. */
  show?: Measure | undefined;
  view?: "table" | undefined;
  /** Kinds that are shown; all when absent. */
  kind?: NodeKind[] | undefined;
  filter?: string | undefined;
  errors?: true | undefined;
  /** Fewest requests of a node. */
  min?: number | undefined;
  /** Services only: what has no spans of its own is left out. */
  only?: "services" | undefined;
  /** What is open in the panel: the id of a node or of a call. */
  node?: string | undefined;
  edge?: string | undefined;
  sort?: string | undefined;
  edge_sort?: string | undefined;
}

export function validateMapSearch(search: RawSearch): MapSearch {
  const kinds = searchList(search["kind"])?.filter((it) => KINDS.includes(it as NodeKind));
  const depth = searchNumber(search["depth"]);
  const min = searchNumber(search["min"]);
  const read: MapSearch = {
    service: searchText(search["service"]),
    depth: DEPTHS.find((it) => it === depth),
    show: searchChoice(search["show"], MEASURES),
    view: searchChoice(search["view"], ["table"] as const),
    kind: kinds === undefined || kinds.length === 0 ? undefined : (kinds as NodeKind[]),
    filter: searchText(search["filter"]),
    errors: searchFlag(search["errors"]),
    min: min !== undefined && min > 0 ? min : undefined,
    only: searchChoice(search["only"], ["services"] as const),
    node: searchText(search["node"]),
    edge: searchText(search["edge"]),
    sort: searchText(search["sort"]),
    edge_sort: searchText(search["edge_sort"]),
  };
  const present = Object.entries(read).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as MapSearch;
}

export function depthOf(search: MapSearch): number {
  return search.depth ?? DEPTH_DEFAULT;
}
