/** Which nodes and calls of an answer are shown. */
import type { MapEdge, MapNode, ServiceMap } from "./map-api";
import type { MapSearch } from "./map-search";
import { healthOf } from "./measures";

export interface ShownMap {
  nodes: MapNode[];
  edges: MapEdge[];
}

type Filters = Pick<MapSearch, "kind" | "filter" | "errors" | "min" | "only" | "service">;

export function countFilters(search: Filters): number {
  const set = [search.kind, search.filter, search.errors, search.min];
  return set.filter((it) => it !== undefined).length;
}

export function isFiltered(search: Filters): boolean {
  return countFilters(search) > 0 || search.only !== undefined;
}

/**
 * Errors keep what fails together with who is at the other end of a failing call; the service that
 * the map is about stays in any case.
 */
export function shownMap(map: ServiceMap, search: Filters): ShownMap {
  const failing = map.edges.filter((edge) => healthOf(edge.figures) !== "good");
  const beside = new Set(failing.flatMap(({ source, target }) => [source, target]));
  const wanted = search.filter?.trim().toLowerCase() ?? "";
  const isShown = (node: MapNode): boolean =>
    (node.kind === "service" && node.name === search.service) ||
    ((search.only === undefined || node.kind === "service") &&
      (search.kind === undefined || search.kind.includes(node.kind)) &&
      (wanted === "" || hasText(node, wanted)) &&
      (search.errors !== true || healthOf(node.figures) !== "good" || beside.has(node.id)) &&
      (search.min === undefined || (node.figures?.requests ?? 0) >= search.min));
  const nodes = map.nodes.filter(isShown);
  const ids = new Set(nodes.map(({ id }) => id));
  const calls = search.errors === true ? failing : map.edges;
  const edges = calls.filter(({ source, target }) => ids.has(source) && ids.has(target));
  return { nodes, edges };
}

function hasText({ name, system }: MapNode, wanted: string): boolean {
  return name.toLowerCase().includes(wanted) || (system ?? "").toLowerCase().includes(wanted);
}

/** By traffic, the busiest first. */
export function callsOf(map: ShownMap, id: string): { callers: MapEdge[]; callees: MapEdge[] } {
  const byTraffic = (a: MapEdge, b: MapEdge) => b.figures.requests - a.figures.requests;
  return {
    callers: map.edges.filter(({ target }) => target === id).sort(byTraffic),
    callees: map.edges.filter(({ source }) => source === id).sort(byTraffic),
  };
}
