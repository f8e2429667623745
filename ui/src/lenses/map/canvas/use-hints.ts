/** What is said about a node or a call when the pointer rests on it. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { Figures, MapEdge, MapNode } from "../map-api";
import { MEASURES } from "../map-search";
import { measureText } from "../measures";

export interface Hints {
  ofNode: (node: MapNode) => string;
  ofEdge: (edge: MapEdge) => string;
}

export function useHints(nodes: readonly MapNode[]): Hints {
  const { t } = useTranslation("map");
  const format = useFormat();
  return useMemo(() => {
    const names = new Map(nodes.map(({ id, name }) => [id, name]));
    const texts = (figures: Figures | null) =>
      Object.fromEntries(MEASURES.map((it) => [it, measureText(figures, it, format)])) as Record<
        (typeof MEASURES)[number],
        string
      >;
    return {
      ofNode: (node) =>
        t("node_hint", {
          name: node.name,
          kind: t(`kind.${node.kind}`),
          ...texts(node.figures),
        }),
      ofEdge: (edge) =>
        t("edge_hint", {
          source: names.get(edge.source) ?? edge.source,
          target: names.get(edge.target) ?? edge.target,
          ...texts(edge.figures),
        }),
    };
  }, [nodes, t, format]);
}
