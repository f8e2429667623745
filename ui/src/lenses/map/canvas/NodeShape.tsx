/** The outline of a kind of node, and its sign: kinds differ without colour. */
import {
  IconArrowsExchange,
  IconBolt,
  IconBox,
  IconDatabase,
  IconWorld,
  type TablerIcon,
} from "@tabler/icons-react";
import { NODE_HEIGHT as H, NODE_WIDTH as W } from "../layout/geometry";
import type { NodeKind } from "../map-search";

const ICONS: Record<NodeKind, TablerIcon> = {
  service: IconBox,
  database: IconDatabase,
  cache: IconBolt,
  queue: IconArrowsExchange,
  external: IconWorld,
};

/** Outlines within one pixel of the edge, and the lines inside of them. */
const OUTLINES: Record<NodeKind, readonly [outline: string, inner?: string]> = {
  service: [
    `M9,1H${W - 9}Q${W - 1},1 ${W - 1},9V${H - 9}Q${W - 1},${H - 1} ${W - 9},${H - 1}H9Q1,${H - 1} 1,${H - 9}V9Q1,1 9,1Z`,
  ],
  // A cylinder that stands.
  database: [
    `M1,8A${W / 2 - 1},7 0 0 1 ${W - 1},8V${H - 8}A${W / 2 - 1},7 0 0 1 1,${H - 8}Z`,
    `M1,8A${W / 2 - 1},7 0 0 0 ${W - 1},8`,
  ],
  cache: [`M15,1H${W - 15}L${W - 1},${H / 2}L${W - 15},${H - 1}H15L1,${H / 2}Z`],
  // A cylinder that lies: a pipe.
  queue: [
    `M9,1H${W - 9}A8,${H / 2 - 1} 0 0 1 ${W - 9},${H - 1}H9A8,${H / 2 - 1} 0 0 1 9,1Z`,
    `M${W - 9},1A8,${H / 2 - 1} 0 0 0 ${W - 9},${H - 1}`,
  ],
  external: [
    `M${H / 2},1H${W - H / 2}A${H / 2 - 1},${H / 2 - 1} 0 0 1 ${W - H / 2},${H - 1}H${H / 2}A${H / 2 - 1},${H / 2 - 1} 0 0 1 ${H / 2},1Z`,
  ],
};

export function NodeShape({ kind, className }: { kind: NodeKind; className: string }) {
  const [outline, inner] = OUTLINES[kind];
  return (
    <svg className={className} viewBox={`0 0 ${W} ${H}`} aria-hidden="true">
      <path d={outline} />
      {inner === undefined ? null : <path d={inner} className="map-shape-inner" />}
    </svg>
  );
}

export function KindIcon({ kind, size = 16 }: { kind: NodeKind; size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} stroke={1.75} className="map-kind-icon" aria-hidden />;
}
