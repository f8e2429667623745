/** Who calls a node, or whom it calls: each leads to the other node and to the call. */
import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { KindIcon } from "../canvas/NodeShape";
import type { MapEdge, MapNode } from "../map-api";
import { healthOf, measureText } from "../measures";

interface CallListProps {
  title: string;
  calls: readonly MapEdge[];
  /** The end of a call that is not the node itself. */
  end: "source" | "target";
  nodes: readonly MapNode[];
  onNode: (id: string) => void;
  onEdge: (id: string) => void;
}

export function CallList({ title, calls, end, nodes, onNode, onEdge }: CallListProps) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        {title}
      </Title>
      {calls.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("panel.none")}
        </Text>
      ) : (
        <ul className="map-calls">
          {calls.map((edge) => {
            const node = byId.get(edge[end]);
            const figures = (["rate", "errors", "p95"] as const).map((measure) =>
              measureText(edge.figures, measure, format),
            );
            return (
              <li key={edge.id}>
                <button type="button" className="map-link" onClick={() => onNode(edge[end])}>
                  <KindIcon kind={node?.kind ?? "service"} size={14} />
                  <span className="wrap-anywhere">{node?.name ?? edge[end]}</span>
                </button>
                <button
                  type="button"
                  className="map-link num"
                  data-health={healthOf(edge.figures)}
                  aria-label={t("panel.open_call", {
                    name: node?.name ?? edge[end],
                    figures: figures.join(" · "),
                  })}
                  onClick={() => onEdge(edge.id)}
                >
                  {figures.join(" · ")}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
