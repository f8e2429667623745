/** Sizes of the drawing, in its own pixels, and what a layout is. */
export const NODE_WIDTH = 200;
export const NODE_HEIGHT = 60;
/** Between two layers: room for the arrows and the figures of the calls. */
export const LAYER_GAP = 92;
/** Between two nodes of a layer. */
export const NODE_GAP = 24;
/** Beside a call that passes a layer; more where its figures are written. */
export const EDGE_GAP = 8;
export const EDGE_GAP_LABELLED = 18;
/** With more calls than this, figures at all of them would cover each other. */
export const LABELS_MAX = 90;

/** Of a call of a node to itself, above the node. */
export const LOOP_HEIGHT = 22;
/** The arrow of a call takes the last part of the way to the callee. */
export const ARROW_LENGTH = 9;

export interface Point {
  x: number;
  y: number;
}

/** The layer of a node that calls nobody and that nobody calls. */
export const ALONE = -1;

/** The centre of a node, and the layer that it is in, counted from the left. */
export interface Place extends Point {
  layer: number;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
}

export interface Graph {
  nodes: readonly string[];
  edges: readonly GraphEdge[];
}

/** Maps and not objects: a name of a service may be `__proto__`. */
export interface Layout {
  places: Map<string, Place>;
  routes: Map<string, Point[]>;
  width: number;
  height: number;
}

/** By code units: the same in every language and browser. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** From the side of the caller to that of the callee, straight through the layers at `between`. */
export function routeBetween(from: Place, to: Place, between: readonly Point[] = []): Point[] {
  const half = NODE_WIDTH / 2;
  if (from.layer === to.layer) {
    // Beside the layer, because a straight line would run behind the nodes between them.
    const x = Math.max(from.x, to.x) + half;
    const reach = Math.min(LAYER_GAP * 0.6, 24 + Math.abs(from.y - to.y) * 0.1);
    return [
      { x: from.x + half, y: from.y },
      { x: x + reach, y: (from.y + to.y) / 2 },
      { x: to.x + half + ARROW_LENGTH, y: to.y },
    ];
  }
  const forward = from.layer < to.layer ? 1 : -1;
  return [
    { x: from.x + half * forward, y: from.y },
    ...between.flatMap(({ x, y }) => [
      { x: x - half * forward, y },
      { x: x + half * forward, y },
    ]),
    { x: to.x - (half + ARROW_LENGTH) * forward, y: to.y },
  ];
}

/** A loop over the upper edge of a node that calls itself. */
export function routeOfLoop({ x, y }: Point): Point[] {
  const top = y - NODE_HEIGHT / 2;
  return [
    { x: x - 30, y: top },
    { x, y: top - LOOP_HEIGHT },
    { x: x + 30, y: top - ARROW_LENGTH },
  ];
}
