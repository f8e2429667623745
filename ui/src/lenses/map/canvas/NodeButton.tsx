/** A node of the map: a button that opens its panel. */
import { IconAlertTriangle } from "@tabler/icons-react";
import { memo } from "react";
import { useFormat } from "@/design/use-format";
import { NODE_HEIGHT, NODE_WIDTH } from "../layout/geometry";
import type { MapNode } from "../map-api";
import type { Measure } from "../map-search";
import { healthOf, measureText } from "../measures";
import { KindIcon, NodeShape } from "./NodeShape";

interface NodeButtonProps {
  node: MapNode;
  x: number;
  y: number;
  measure: Measure;
  isOpen: boolean;
  /** At the other end of a call that stands out. */
  isBeside: boolean;
  kind: string;
  hintOf: (node: MapNode) => string;
  onOpen: (id: string) => void;
  onActive: (id: string | undefined) => void;
  onFocused: (id: string) => void;
}

export const NodeButton = memo(function NodeButton(props: NodeButtonProps) {
  const { node, measure, kind, onActive } = props;
  const format = useFormat();
  const health = healthOf(node.figures);
  return (
    <button
      type="button"
      className="map-node"
      data-node={node.id}
      data-kind={node.kind}
      data-health={health}
      data-open={props.isOpen}
      data-beside={props.isBeside}
      style={{
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        left: props.x - NODE_WIDTH / 2,
        top: props.y - NODE_HEIGHT / 2,
      }}
      onClick={() => props.onOpen(node.id)}
      onFocus={({ currentTarget }) => {
        currentTarget.title = props.hintOf(node);
        // Not when it is clicked: then it must not move away from under the pointer.
        if (currentTarget.matches(":focus-visible")) {
          props.onFocused(node.id);
        }
      }}
      onBlur={() => onActive(undefined)}
      onPointerEnter={({ currentTarget, pointerType }) => {
        // Only when it is asked for: to write the figures of hundreds of nodes takes long.
        currentTarget.title = props.hintOf(node);
        if (pointerType === "mouse") {
          onActive(node.id);
        }
      }}
      onPointerLeave={() => onActive(undefined)}
    >
      <NodeShape kind={node.kind} className="map-shape" />
      <span className="map-node-head">
        <KindIcon kind={node.kind} />
        <span className="map-node-name">{node.name}</span>
      </span>
      <span className="map-node-line">
        <span className="map-node-kind">{node.system ?? kind}</span>
        {health === "good" || measure === "errors" ? null : (
          <span className="map-node-errors">
            <IconAlertTriangle size={12} aria-hidden />
            {measureText(node.figures, "errors", format)}
          </span>
        )}
        <span className="map-node-value" data-errors={measure === "errors" && health !== "good"}>
          {measureText(node.figures, measure, format)}
        </span>
      </span>
    </button>
  );
});
