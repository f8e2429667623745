/** Draws the part of the flame view that is in view onto a canvas. */
import { ERROR_COLOR } from "@/design/theme";
import { type FlameLayout, rowsInView } from "./flame-layout";
import type { TimeWindow } from "./time-axis";
import { isCritical, nameOf, type TraceTree } from "./tree";

export const LANE_HEIGHT = 22;
const BOX_HEIGHT = LANE_HEIGHT - 2;
const TEXT_PIXELS_MIN = 34;
/** A frame around a thinner box would hide it. */
const FRAME_PIXELS_MIN = 6;
const FADED = 0.25;
const PADDING = 5;
/** Characters are about this wide; what is longer is not even measured. */
const CHARACTER_PIXELS = 6.4;

export interface FlameColors {
  fills: readonly string[];
  text: string;
  focus: string;
  found: string;
  critical: string;
}

export interface FlamePicture {
  tree: TraceTree;
  layout: FlameLayout;
  shown: TimeWindow;
  width: number;
  height: number;
  /** Pixels of lanes above the view. */
  top: number;
  selected: number;
  hovered: number | undefined;
  found: Uint8Array;
  isSearched: boolean;
  showsCritical: boolean;
  colors: FlameColors;
}

export function paintFlame(canvas: HTMLCanvasElement, picture: FlamePicture): void {
  const { width, height, top, layout } = picture;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (context === null) {
    return;
  }
  context.scale(scale, scale);
  context.font = "11px system-ui";
  context.textBaseline = "middle";
  const first = Math.max(0, Math.floor(top / LANE_HEIGHT));
  const last = Math.min(layout.laneCount - 1, Math.floor((top + height) / LANE_HEIGHT));
  for (let lane = first; lane <= last; lane += 1) {
    paintLane(context, picture, lane);
  }
}

/** Boxes that would be on the same pixel as the one before are left out. */
function paintLane(context: CanvasRenderingContext2D, picture: FlamePicture, lane: number): void {
  const { tree, layout, shown, width, top } = picture;
  const pixel = width / (shown.toNs - shown.fromNs);
  const y = lane * LANE_HEIGHT - top;
  let [painted, paintedFound] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rowsInView(tree, layout, lane, shown.fromNs, shown.toNs)) {
    const left = Math.max(0, ((tree.startNs[row] ?? 0) - shown.fromNs) * pixel);
    const right = Math.min(width, ((tree.endNs[row] ?? 0) - shown.fromNs) * pixel);
    const isFound = picture.found[row] === 1;
    const isMarked = row === picture.selected || row === picture.hovered;
    if (right - (isFound ? paintedFound : painted) < 1 && !isMarked) {
      continue;
    }
    paintBox(context, picture, row, left, y, Math.max(1, right - left - 1));
    painted = Math.max(painted, right);
    paintedFound = isFound ? right : paintedFound;
  }
}

function paintBox(
  context: CanvasRenderingContext2D,
  picture: FlamePicture,
  row: number,
  x: number,
  y: number,
  width: number,
): void {
  const { tree, colors } = picture;
  const isFound = picture.found[row] === 1;
  const isFaded = picture.isSearched && !isFound;
  context.globalAlpha = isFaded ? FADED : isFound ? 1 : 0.85;
  context.fillStyle = colors.fills[tree.service[row] ?? -1] ?? colors.text;
  context.fillRect(x, y, width, BOX_HEIGHT);
  context.globalAlpha = 1;
  if (tree.isError[row] === 1) {
    context.fillStyle = ERROR_COLOR;
    context.fillRect(x, y + BOX_HEIGHT - 3, width, 3);
  }
  if (picture.showsCritical && isCritical(tree, row)) {
    context.fillStyle = colors.critical;
    context.fillRect(x, y, width, 2);
  }
  const isSelected = row === picture.selected;
  const isFramed = isFound && width >= FRAME_PIXELS_MIN;
  if (isFramed || isSelected || row === picture.hovered) {
    context.strokeStyle = isFound && !isSelected ? colors.found : colors.focus;
    context.lineWidth = isSelected ? 2.5 : 1.5;
    context.strokeRect(x + 1, y + 1, Math.max(1, width - 2), BOX_HEIGHT - 2);
  }
  if (width >= TEXT_PIXELS_MIN && !isFaded) {
    paintText(context, nameOf(tree, row), x, y, width);
  }
}

function paintText(
  context: CanvasRenderingContext2D,
  name: string,
  x: number,
  y: number,
  width: number,
): void {
  const most = Math.floor((width - 2 * PADDING) / CHARACTER_PIXELS);
  const text = name.length > most ? `${name.slice(0, Math.max(1, most - 1))}…` : name;
  context.save();
  context.beginPath();
  context.rect(x, y, width - PADDING, BOX_HEIGHT);
  context.clip();
  context.fillStyle = "#ffffff";
  context.shadowColor = "rgb(0 0 0 / 0.65)";
  context.shadowBlur = 2;
  context.fillText(text, x + PADDING, y + BOX_HEIGHT / 2 + 0.5);
  context.restore();
}
