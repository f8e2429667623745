/** The drawing: nodes as buttons over the calls, in a window that pans and zooms. */
import {
  type KeyboardEvent,
  useCallback,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { ALONE, type Layout, type Point } from "../layout/geometry";
import type { MapEdge, MapNode } from "../map-api";
import type { Measure } from "../map-search";
import { type Direction, nodeTowards } from "../viewport";
import { EdgeLayer } from "./EdgeLayer";
import { NodeButton } from "./NodeButton";
import { type Hints, useHints } from "./use-hints";
import { type PanZoom, usePanZoom } from "./use-pan-zoom";
import { ZoomButtons } from "./ZoomButtons";

const ZOOM_STEP = 1.3;
const PAN_PX = 80;
/** That of the side panel. */
const PANEL_WIDTH = 520;
const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const PANS: Record<Direction, readonly [x: number, y: number]> = {
  left: [PAN_PX, 0],
  right: [-PAN_PX, 0],
  up: [0, PAN_PX],
  down: [0, -PAN_PX],
};

const NO_NODES: readonly MapNode[] = [];
const NO_EDGES: readonly MapEdge[] = [];

interface MapCanvasProps {
  nodes: readonly MapNode[];
  edges: readonly MapEdge[];
  layout: Layout;
  measure: Measure;
  openNode: string | undefined;
  openEdge: string | undefined;
  /** The node that somebody searched for. */
  found: string | undefined;
  onFound: () => void;
  /** Another one is another map, which is fitted into the window. */
  fitKey: string;
  isBusy: boolean;
  onOpenNode: (id: string) => void;
  onOpenEdge: (id: string) => void;
  onLayOutAnew: () => void;
}

export function MapCanvas(props: MapCanvasProps) {
  const { layout, measure, openNode, openEdge } = props;
  // Hundreds of them are drawn in slices, between which the page answers.
  const nodes = useDeferredValue(props.nodes, NO_NODES);
  const edges = useDeferredValue(props.edges, NO_EDGES);
  const { t } = useTranslation("map");
  const helpId = useId();
  const [active, setActive] = useState<string>();
  const panZoom = usePanZoom(layout, props.fitKey);
  const drawn = useMemo(() => inOrder(nodes, layout), [nodes, layout]);
  const lit = active ?? openNode;
  const beside = useMemo(() => nodesBeside(edges, lit, openEdge), [edges, lit, openEdge]);
  const hints = useHints(nodes);
  useFollowing(panZoom, layout, openNode);
  useFound(panZoom, layout, drawn, props.found, props.onFound);
  return (
    <div className="map-frame" aria-busy={props.isBusy}>
      <div
        className="map-window"
        ref={panZoom.windowRef}
        role="group"
        aria-label={t("canvas")}
        aria-describedby={helpId}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what pans must be reachable by keyboard
        tabIndex={0}
        onKeyDown={(event) => onMapKey(event, panZoom, placesOf(drawn, layout))}
      >
        <div className="map-content" ref={panZoom.contentRef}>
          <EdgeLayer
            {...{ edges, layout, measure, active: lit, openEdge }}
            hintOf={hints.ofEdge}
            onOpen={props.onOpenEdge}
          />
          <NodeLayer
            {...{ drawn, layout, measure, beside, openNode }}
            hintOf={hints.ofNode}
            onOpen={props.onOpenNode}
            onActive={setActive}
            reveal={panZoom.reveal}
          />
        </div>
      </div>
      <p id={helpId} className="map-help">
        {t("keys")}
      </p>
      <ZoomButtons
        onZoomIn={() => panZoom.zoomBy(ZOOM_STEP)}
        onZoomOut={() => panZoom.zoomBy(1 / ZOOM_STEP)}
        onFit={panZoom.fit}
        onLayOutAnew={props.onLayOutAnew}
      />
    </div>
  );
}

/** Brings into view what is opened. */
function useFollowing(
  { windowRef, reveal }: PanZoom,
  { places }: Layout,
  openNode: string | undefined,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: when it opens, not when it is moved
  useEffect(() => {
    const place = openNode === undefined ? undefined : places.get(openNode);
    if (place !== undefined) {
      reveal(place, coveredByPanel(windowRef.current));
    }
  }, [openNode]);
}

/** Centres and focuses what was searched for, once it is drawn. */
function useFound(
  { windowRef, centre }: PanZoom,
  { places }: Layout,
  drawn: readonly MapNode[],
  found: string | undefined,
  onFound: () => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each search
  useEffect(() => {
    const place = found === undefined ? undefined : places.get(found);
    if (found !== undefined && place !== undefined && drawn.some(({ id }) => id === found)) {
      centre(place);
      focusNode(windowRef.current, found);
      onFound();
    }
  }, [found, drawn]);
}

interface NodeLayerProps {
  drawn: readonly MapNode[];
  layout: Layout;
  measure: Measure;
  beside: ReadonlySet<string>;
  openNode: string | undefined;
  hintOf: Hints["ofNode"];
  onOpen: (id: string) => void;
  onActive: (id: string | undefined) => void;
  reveal: PanZoom["reveal"];
}

function NodeLayer(props: NodeLayerProps) {
  const { layout, onActive, reveal } = props;
  const { t } = useTranslation("map");
  const onFocused = useCallback(
    (id: string) => {
      onActive(id);
      const place = layout.places.get(id);
      if (place !== undefined) {
        reveal(place);
      }
    },
    [layout, onActive, reveal],
  );
  return props.drawn.map((node) => {
    const place = layout.places.get(node.id);
    return (
      <NodeButton
        key={node.id}
        node={node}
        x={place?.x ?? 0}
        y={place?.y ?? 0}
        measure={props.measure}
        isOpen={node.id === props.openNode}
        isBeside={props.beside.has(node.id)}
        kind={t(`kind.${node.kind}`)}
        hintOf={props.hintOf}
        onOpen={props.onOpen}
        onActive={onActive}
        onFocused={onFocused}
      />
    );
  });
}

/** As one reads: layer by layer from the left, each from its top; those that stand alone last. */
function inOrder(nodes: readonly MapNode[], { places }: Layout): MapNode[] {
  const placed = nodes.flatMap((node) => {
    const place = places.get(node.id);
    return place === undefined ? [] : [{ node, place }];
  });
  placed.sort(
    ({ place: a }, { place: b }) =>
      Number(a.layer === ALONE) - Number(b.layer === ALONE) ||
      a.layer - b.layer ||
      a.y - b.y ||
      a.x - b.x,
  );
  return placed.map(({ node }) => node);
}

function placesOf(drawn: readonly MapNode[], { places }: Layout): Map<string, Point> {
  return new Map(drawn.map(({ id }) => [id, places.get(id) ?? { x: 0, y: 0 }]));
}

/** The other ends of the calls that stand out. */
function nodesBeside(
  edges: readonly MapEdge[],
  active: string | undefined,
  openEdge: string | undefined,
): Set<string> {
  const touching = edges.filter(
    (it) => it.source === active || it.target === active || it.id === openEdge,
  );
  return new Set(touching.flatMap(({ source, target }) => [source, target]));
}

/** How much of the window is behind the panel; where the panel takes the whole page, nothing counts. */
function coveredByPanel(window: HTMLElement | null): number {
  const { left = 0, right = 0 } = window?.getBoundingClientRect() ?? {};
  const covered = Math.max(0, right - (innerWidth - PANEL_WIDTH));
  return covered < (right - left) * 0.7 ? covered : 0;
}

function focusNode(window: HTMLElement | null, id: string): void {
  window?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
}

function onMapKey(
  event: KeyboardEvent<HTMLDivElement>,
  panZoom: PanZoom,
  places: ReadonlyMap<string, Point>,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const node = (event.target as HTMLElement).dataset["node"];
  const direction = ARROWS[event.key];
  const zoom = { "+": ZOOM_STEP, "=": ZOOM_STEP, "-": 1 / ZOOM_STEP }[event.key];
  if (direction !== undefined && node !== undefined) {
    const next = nodeTowards(places, node, direction);
    focusNode(event.currentTarget, next ?? node);
  } else if (direction !== undefined) {
    panZoom.panBy(...PANS[direction]);
  } else if (zoom !== undefined) {
    panZoom.zoomBy(zoom);
  } else if (event.key === "0") {
    panZoom.fit();
  } else {
    return;
  }
  event.preventDefault();
}
