/** Routes as paths of SVG. */
import type { Point } from "./geometry";

function rounded({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}

/** A curve that leaves each point horizontally, so that calls flow from layer to layer. */
export function pathOf(route: readonly Point[]): string {
  const [first, ...rest] = route;
  if (first === undefined) {
    return "";
  }
  let [path, from] = [`M${rounded(first)}`, first];
  for (const to of rest) {
    const middle = (from.x + to.x) / 2;
    path += `C${rounded({ x: middle, y: from.y })} ${rounded({ x: middle, y: to.y })} ${rounded(to)}`;
    from = to;
  }
  return path;
}

/** Through its middle point, with vertical ends: for loops and calls within a layer. */
export function arcOf(route: readonly Point[]): string {
  const [from, over, to] = route;
  return from === undefined || over === undefined || to === undefined
    ? pathOf(route)
    : `M${rounded(from)}Q${rounded({ x: 2 * over.x - (from.x + to.x) / 2, y: 2 * over.y - (from.y + to.y) / 2 })} ${rounded(to)}`;
}

/** How far along a call over one gap its figures are, when they are not in its middle. */
const LEANING = 0.65;

/**
 * Where the figures of a call are written. `towards` is the end where calls are further apart:
 * figures of many calls from one node would cover each other near it.
 */
export function middleOf(route: readonly Point[], towards?: "source" | "target"): Point {
  const half = (route.length - 1) / 2;
  const [a, b] = [route[Math.floor(half)], route[Math.ceil(half)]];
  const share = towards === "target" ? LEANING : 1 - LEANING;
  if (a === undefined || b === undefined) {
    return { x: 0, y: 0 };
  }
  return towards === undefined || route.length !== 2
    ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
    : { x: a.x + (b.x - a.x) * acrossAt(share), y: a.y + (b.y - a.y) * alongAt(share) };
}

/** The curve of `pathOf` between two points, as shares of their distances. */
function acrossAt(t: number): number {
  return 1.5 * t * (1 - t) + t ** 3;
}

function alongAt(t: number): number {
  return 3 * t ** 2 - 2 * t ** 3;
}
