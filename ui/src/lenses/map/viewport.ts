/** What part of the drawing is in the window: arithmetic only. */
import { NODE_HEIGHT, NODE_WIDTH, type Point } from "./layout/geometry";

/** A point of the drawing is at `x + scale * its x` in the window. */
export interface Viewport {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export const SCALE_MIN = 0.05;
export const SCALE_MAX = 2.5;
/** Smaller, names are written larger and figures are left out. */
export const SCALE_READABLE = 0.55;
const MARGIN = 24;

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** All of it, not larger than life; `scaleMin` prefers to be readable and begins at the left. */
export function fitted(drawing: Size, window: Size, scaleMin = SCALE_MIN): Viewport {
  const scale = within(
    Math.min(
      (window.width - 2 * MARGIN) / Math.max(1, drawing.width),
      (window.height - 2 * MARGIN) / Math.max(1, drawing.height),
    ),
    scaleMin,
    1,
  );
  const left = (window.width - drawing.width * scale) / 2;
  return {
    x: Math.max(MARGIN, left),
    y: (window.height - drawing.height * scale) / 2,
    scale,
  };
}

/** The point of the window under `at` stays where it is. */
export function zoomed(view: Viewport, factor: number, at: Point): Viewport {
  const scale = within(view.scale * factor, SCALE_MIN, SCALE_MAX);
  const change = scale / view.scale;
  return { x: at.x - (at.x - view.x) * change, y: at.y - (at.y - view.y) * change, scale };
}

export function moved(view: Viewport, x: number, y: number): Viewport {
  return { ...view, x: view.x + x, y: view.y + y };
}

export function centredOn(place: Point, view: Viewport, window: Size): Viewport {
  const scale = Math.max(view.scale, SCALE_READABLE + 0.25);
  return {
    x: window.width / 2 - place.x * scale,
    y: window.height / 2 - place.y * scale,
    scale,
  };
}

/** Moved as little as needed to have the whole node in the window. */
export function revealing(place: Point, view: Viewport, window: Size): Viewport {
  const shift = (centre: number, half: number, length: number) => {
    const [low, high] = [centre - half - MARGIN / 2, centre + half + MARGIN / 2];
    return low < 0 ? -low : Math.min(0, length - high);
  };
  const [x, y] = [view.x + place.x * view.scale, view.y + place.y * view.scale];
  return moved(
    view,
    shift(x, (NODE_WIDTH / 2) * view.scale, window.width),
    shift(y, (NODE_HEIGHT / 2) * view.scale, window.height),
  );
}

export type Direction = "left" | "right" | "up" | "down";

/** The node that the arrow key leads to: near, and rather straight ahead than aside. */
export function nodeTowards(
  places: ReadonlyMap<string, Point>,
  from: string,
  direction: Direction,
): string | undefined {
  const start = places.get(from);
  const [isAcross, sign] = {
    left: [true, -1],
    right: [true, 1],
    up: [false, -1],
    down: [false, 1],
  }[direction] as [boolean, number];
  let best: { id: string; cost: number } | undefined;
  for (const [id, place] of places) {
    const [dx, dy] = [place.x - (start?.x ?? 0), place.y - (start?.y ?? 0)];
    const ahead = (isAcross ? dx : dy) * sign;
    const aside = Math.abs(isAcross ? dy : dx);
    const cost = ahead + aside * 2;
    if (id !== from && ahead > 1 && (best === undefined || cost < best.cost)) {
      best = { id, cost };
    }
  }
  return best?.id;
}
