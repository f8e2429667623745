/** Which figures of calls are written: none that would cover others. */
import type { Point } from "../layout/geometry";
import type { MapEdge } from "../map-api";
import { type Health, healthOf } from "../measures";

/** The field behind the figures of a call; a digit is about this wide. */
const LABEL_CHARACTER_WIDTH = 7;
const LABEL_PADDING = 4;
export const LABEL_HEIGHT = 15;
const RANKS: Record<Health, number> = { bad: 0, warning: 1, good: 2 };

export interface Label {
  edge: MapEdge;
  middle: Point;
  text: string;
  width: number;
}

export function labelOf(edge: MapEdge, middle: Point, text: string): Label {
  return { edge, middle, text, width: text.length * LABEL_CHARACTER_WIDTH + LABEL_PADDING };
}

/** Of labels in the same place, that of the call with errors or with more requests. */
export function readableLabels(labels: readonly Label[]): Label[] {
  const kept: Label[] = [];
  for (const label of [...labels].sort(byWeight)) {
    if (!kept.some((other) => isCovering(label, other))) {
      kept.push(label);
    }
  }
  return kept;
}

function byWeight({ edge: a }: Label, { edge: b }: Label): number {
  const ranks = RANKS[healthOf(a.figures)] - RANKS[healthOf(b.figures)];
  return ranks || b.figures.requests - a.figures.requests || (a.id < b.id ? -1 : 1);
}

function isCovering(a: Label, b: Label): boolean {
  return (
    Math.abs(a.middle.x - b.middle.x) < (a.width + b.width) / 2 &&
    Math.abs(a.middle.y - b.middle.y) < LABEL_HEIGHT
  );
}
