/** The whole trace in a strip; dragging chooses the part that the waterfall shows. */
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { ERROR_COLOR } from "@/design/theme";
import { dragWindow, placePercent, type TimeWindow } from "./time-axis";
import type { TraceTree } from "./tree";
import { useDragWindow } from "./use-drag-window";

const HEIGHT = 56;
const LINE_HEIGHT_MAX = 4;

interface MiniMapProps {
  tree: TraceTree;
  colors: ReadonlyMap<string, string>;
  shown: TimeWindow;
  onShow: (shown: TimeWindow) => void;
}

export function MiniMap({ tree, colors, shown, onShow }: MiniMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const all = { fromNs: tree.fromNs, toNs: tree.toNs };
  const { handlers, selection } = useDragWindow((from, to) =>
    onShow(dragWindow(all, all, from, to)),
  );
  useEffect(() => {
    return canvas.current === null || width === 0
      ? undefined
      : draw(canvas.current, width, tree, colors);
  }, [width, tree, colors]);
  const left = placePercent(shown.fromNs, all);
  const right = placePercent(shown.toNs, all);
  return (
    <div
      className="mini-map"
      ref={ref}
      {...handlers}
      onDoubleClick={() => onShow(all)}
      aria-hidden="true"
    >
      <canvas ref={canvas} />
      <span className="mini-map-veil" style={{ left: 0, width: `${left}%` }} />
      <span className="mini-map-veil" style={{ right: 0, width: `${100 - right}%` }} />
      {selection === null ? null : <span className="drag-selection" style={selection} />}
    </div>
  );
}

/** Rows that are drawn before the clock is looked at. */
const ROWS_AT_ONCE = 500;
/** Then the page may do something else: a large trace has more rows than a frame has time for. */
const SLICE_MS = 8;

/** Draws row after row; the answer stops it. */
function draw(
  canvas: HTMLCanvasElement,
  width: number,
  tree: TraceTree,
  colors: ReadonlyMap<string, string>,
): () => void {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const context = canvas.getContext("2d");
  if (context === null) {
    return () => {};
  }
  context.scale(scale, scale);
  const fills = tree.services.map((service) => colors.get(service) ?? "");
  let row = 0;
  let timer: ReturnType<typeof setTimeout>;
  const slice = () => {
    const until = performance.now() + SLICE_MS;
    while (row < tree.count && performance.now() < until) {
      const end = Math.min(tree.count, row + ROWS_AT_ONCE);
      drawRows(context, width, tree, fills, row, end);
      row = end;
    }
    if (row < tree.count) {
      timer = setTimeout(slice);
    }
  };
  slice();
  return () => clearTimeout(timer);
}

function drawRows(
  context: CanvasRenderingContext2D,
  width: number,
  tree: TraceTree,
  fills: readonly string[],
  from: number,
  end: number,
): void {
  const all = { fromNs: tree.fromNs, toNs: tree.toNs };
  const step = HEIGHT / Math.max(tree.count, HEIGHT / LINE_HEIGHT_MAX);
  for (let row = from; row < end; row += 1) {
    const left = (placePercent(tree.startNs[row] ?? 0, all) / 100) * width;
    const right = (placePercent(tree.endNs[row] ?? 0, all) / 100) * width;
    const isError = tree.isError[row] === 1;
    context.fillStyle = isError ? ERROR_COLOR : (fills[tree.service[row] ?? -1] ?? "");
    const height = Math.max(isError ? 1.5 : 1, step - 1);
    context.fillRect(left, row * step, Math.max(1, right - left), height);
  }
}
