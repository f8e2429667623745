/**
 * The calls: width by traffic, colour by errors, dashes for asynchronous ones. All of them are one
 * picture that is drawn once; those that stand out are drawn again above it, while it is faint.
 */
import { memo, useMemo } from "react";
import { useFormat } from "@/design/use-format";
import { arcOf, middleOf, pathOf } from "../layout/edge-path";
import { LABELS_MAX, type Layout, type Point, routeBetween, routeOfLoop } from "../layout/geometry";
import type { MapEdge } from "../map-api";
import type { Measure } from "../map-search";
import { edgeWidth, type Health, healthOf, measureText } from "../measures";
import { LABEL_HEIGHT, labelOf, readableLabels } from "./labels";

const ASIDE_PX = 9;
const HEALTHS: readonly Health[] = ["good", "warning", "bad"];

interface EdgeLayerProps {
  edges: readonly MapEdge[];
  layout: Layout;
  measure: Measure;
  /** The node whose calls stand out. */
  active: string | undefined;
  openEdge: string | undefined;
  hintOf: (edge: MapEdge) => string;
  onOpen: (id: string) => void;
}

interface DrawnEdge {
  edge: MapEdge;
  path: string;
  middle: Point;
  width: number;
}

export function EdgeLayer(props: EdgeLayerProps) {
  const { edges, layout, active, openEdge } = props;
  const drawn = useMemo(() => drawnEdges(edges, layout), [edges, layout]);
  const lit = useMemo(
    () =>
      drawn.filter(
        ({ edge }) => edge.source === active || edge.target === active || edge.id === openEdge,
      ),
    [drawn, active, openEdge],
  );
  const shared = { layout, measure: props.measure, hintOf: props.hintOf, onOpen: props.onOpen };
  return (
    <>
      <EdgePicture
        {...shared}
        name="all"
        drawn={drawn}
        isFaint={lit.length > 0}
        isLabelled={drawn.length <= LABELS_MAX}
      />
      {lit.length === 0 ? null : (
        <EdgePicture {...shared} name="lit" drawn={lit} isFaint={false} isLabelled />
      )}
    </>
  );
}

function drawnEdges(edges: readonly MapEdge[], layout: Layout): DrawnEdge[] {
  const requestsMax = Math.max(1, ...edges.map((edge) => edge.figures.requests));
  const pairs = new Set(edges.map(({ source, target }) => JSON.stringify([source, target])));
  const [outgoing, incoming] = [counted(edges, "source"), counted(edges, "target")];
  return edges.flatMap((edge) => {
    const isBothWays = pairs.has(JSON.stringify([edge.target, edge.source]));
    const route = routeOf(edge, layout, isBothWays);
    if (route === undefined) {
      return [];
    }
    const isFan = (outgoing.get(edge.source) ?? 0) >= (incoming.get(edge.target) ?? 0);
    return {
      edge,
      path: route.isArc ? arcOf(route.points) : pathOf(route.points),
      middle: middleOf(route.points, isFan ? "target" : "source"),
      width: edgeWidth(edge.figures.requests, requestsMax),
    };
  });
}

function counted(edges: readonly MapEdge[], end: "source" | "target"): Map<string, number> {
  const counts = new Map<string, number>();
  for (const edge of edges) {
    counts.set(edge[end], (counts.get(edge[end]) ?? 0) + 1);
  }
  return counts;
}

function routeOf(
  edge: MapEdge,
  layout: Layout,
  isBothWays: boolean,
): { points: Point[]; isArc: boolean } | undefined {
  const [source, target] = [layout.places.get(edge.source), layout.places.get(edge.target)];
  if (source === undefined || target === undefined) {
    return undefined;
  }
  const isLoop = edge.source === edge.target;
  // A call that came after the layout: straight from node to node until the map is laid out again.
  const found =
    layout.routes.get(edge.id) ?? (isLoop ? routeOfLoop(source) : routeBetween(source, target));
  // Calls there and back are side by side.
  const aside = isBothWays && !isLoop ? Math.sign(target.x - source.x || 1) * ASIDE_PX : 0;
  const points = aside === 0 ? found : found.map(({ x, y }) => ({ x, y: y - aside }));
  return { points, isArc: isLoop || source.layer === target.layer };
}

interface EdgePictureProps
  extends Pick<EdgeLayerProps, "layout" | "measure" | "hintOf" | "onOpen"> {
  name: "all" | "lit";
  drawn: readonly DrawnEdge[];
  isFaint: boolean;
  isLabelled: boolean;
}

const EdgePicture = memo(function EdgePicture(props: EdgePictureProps) {
  const { name, drawn, layout, hintOf, onOpen } = props;
  const lines = useMemo(
    () =>
      drawn.map(({ edge, path, width }) => (
        <EdgeLine
          key={edge.id}
          edge={edge}
          path={path}
          width={width}
          markers={`map-arrow-${name}`}
          hintOf={hintOf}
          onOpen={onOpen}
        />
      )),
    [drawn, name, hintOf, onOpen],
  );
  return (
    <svg
      className="map-edges"
      data-name={name}
      data-faint={props.isFaint}
      width={Math.max(1, layout.width)}
      height={Math.max(1, layout.height)}
      aria-hidden="true"
    >
      <defs>
        {HEALTHS.map((health) => (
          <Arrow key={health} id={`map-arrow-${name}-${health}`} health={health} />
        ))}
      </defs>
      {lines}
      {/* Above all lines, so that none runs through the figures of another. */}
      {props.isLabelled ? <EdgeLabels drawn={drawn} measure={props.measure} /> : null}
    </svg>
  );
});

function Arrow({ id, health }: { id: string; health: Health }) {
  return (
    <marker
      id={id}
      viewBox="0 0 10 10"
      refX="1"
      refY="5"
      markerWidth="11"
      markerHeight="11"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0,0L10,5L0,10Z" className="map-arrow" data-health={health} />
    </marker>
  );
}

interface EdgeLineProps extends Pick<EdgeLayerProps, "hintOf" | "onOpen"> {
  edge: MapEdge;
  path: string;
  width: number;
  markers: string;
}

const EdgeLine = memo(function EdgeLine(props: EdgeLineProps) {
  const { edge, path } = props;
  const health = healthOf(edge.figures);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the pointer; panels and table lead to every call by keyboard
    <g
      className="map-edge"
      data-edge={edge.id}
      data-health={health}
      onClick={() => props.onOpen(edge.id)}
      onPointerEnter={({ currentTarget }) => {
        // Only when it is asked for: to write the figures of hundreds of calls takes long.
        (currentTarget.firstElementChild as Element).textContent = props.hintOf(edge);
      }}
    >
      <title />
      <path d={path} className="map-edge-hit" />
      <path
        d={path}
        className="map-edge-line"
        strokeWidth={props.width}
        strokeDasharray={edge.asynchronous ? "7 5" : undefined}
        markerEnd={`url(#${props.markers}-${health})`}
      />
    </g>
  );
});

function EdgeLabels({ drawn, measure }: Pick<EdgePictureProps, "drawn" | "measure">) {
  const format = useFormat();
  const labels = useMemo(
    () =>
      readableLabels(
        drawn.map(({ edge, middle }) =>
          labelOf(edge, middle, measureText(edge.figures, measure, format)),
        ),
      ),
    [drawn, measure, format],
  );
  return labels.map(({ edge, middle, text, width }) => (
    <g key={edge.id} className="map-edge-label" data-health={healthOf(edge.figures)}>
      <rect
        x={middle.x - width / 2}
        y={middle.y - LABEL_HEIGHT / 2}
        width={width}
        height={LABEL_HEIGHT}
        rx={3}
      />
      <text x={middle.x} y={middle.y}>
        {text}
      </text>
    </g>
  ));
}
