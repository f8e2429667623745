/** What the map asks the server. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { KINDS, type NodeKind } from "./map-search";

export type Figures = Schemas["Figures"];
export type MapEdge = Schemas["MapEdge"];
export type MapNode = Omit<Schemas["MapNode"], "kind"> & { kind: NodeKind };
export type ServiceMap = Omit<Schemas["ServiceMap"], "nodes"> & { nodes: MapNode[] };

export interface MapScope {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
  service: string | undefined;
  depth: number;
}

export interface AnsweredMap extends ServiceMap {
  /** The service that it is about. While another one is asked for, the answer before is shown. */
  service: string | undefined;
  depth: number;
}

export function mapQuery({ fromMs, toMs, environment, service, depth }: MapScope) {
  return queryOptions({
    queryKey: ["service-map", fromMs, toMs, environment, service, depth],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<AnsweredMap> => {
      const query = {
        from_ms: fromMs,
        to_ms: toMs,
        ...(environment === undefined ? {} : { environment }),
        ...(service === undefined ? {} : { service, depth }),
      };
      const map = await answer(api.GET("/api/v1/service-map", { params: { query }, signal }));
      const nodes = map.nodes.map((node) => ({ ...node, kind: knownKind(node.kind) }));
      return { ...map, nodes, service, depth };
    },
  });
}

/** A newer server may know more kinds; all of them are outside of the services. */
function knownKind(kind: string): NodeKind {
  return KINDS.find((it) => it === kind) ?? "external";
}
