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
  const all = { fromNs: tree.startNs, toNs: tree.endNs };
  const { handlers, selection } = useDragWindow((from, to) =>
    onShow(dragWindow(all, all, from, to)),
  );
  useEffect(() => {
    if (canvas.current !== null && width > 0) {
      draw(canvas.current, width, tree, colors);
    }
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

function draw(
  canvas: HTMLCanvasElement,
  width: number,
  tree: TraceTree,
  colors: ReadonlyMap<string, string>,
): void {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const context = canvas.getContext("2d");
  if (context === null) {
    return;
  }
  context.scale(scale, scale);
  const all = { fromNs: tree.startNs, toNs: tree.endNs };
  const step = HEIGHT / Math.max(tree.rows.length, HEIGHT / LINE_HEIGHT_MAX);
  tree.rows.forEach((row, index) => {
    if (row.span === null) {
      return;
    }
    const left = (placePercent(row.startNs, all) / 100) * width;
    const right = (placePercent(row.endNs, all) / 100) * width;
    const isError = row.span.status === "error";
    context.fillStyle = isError ? ERROR_COLOR : (colors.get(row.span.service) ?? "");
    context.fillRect(
      left,
      index * step,
      Math.max(1, right - left),
      Math.max(isError ? 1.5 : 1, step - 1),
    );
  });
}
