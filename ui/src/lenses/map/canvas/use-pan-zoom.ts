/**
 * Pans and zooms a drawing in its window: by pointer, wheel, pinch and keyboard. The drawing is
 * moved by its style alone, so that nothing is rendered meanwhile.
 */
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import type { Point } from "../layout/geometry";
import {
  centredOn,
  fitted,
  moved,
  revealing,
  SCALE_READABLE,
  type Size,
  type Viewport,
  zoomed,
} from "../viewport";
import { useGestures } from "./use-gestures";

/** Below this width a whole map would be too small to read, so it begins at its left. */
const NARROW_WIDTH = 600;
const NARROW_SCALE = 0.5;
/** At the right of the window, where the buttons would cover nodes. */
const BUTTONS_WIDTH = 40;

export interface PanZoom {
  windowRef: RefObject<HTMLDivElement | null>;
  contentRef: RefObject<HTMLDivElement | null>;
  fit: () => void;
  /** Around the middle of the window. */
  zoomBy: (factor: number) => void;
  panBy: (x: number, y: number) => void;
  centre: (place: Point) => void;
  /** `covered` is how much at the right of the window is behind something else. */
  reveal: (place: Point, covered?: number) => void;
}

/** A new `fitKey` fits the drawing again; otherwise what a person moved stays. */
export function usePanZoom(drawing: Size | undefined, fitKey: string): PanZoom {
  const windowRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const view = useRef<Viewport>({ x: 0, y: 0, scale: 1 });
  const movedFor = useRef<string>(undefined);
  const drawn = useRef(drawing);
  drawn.current = drawing;

  const apply = useCallback((next: Viewport) => {
    view.current = next;
    draw(windowRef.current, contentRef.current, next);
  }, []);
  const change = useCallback(
    (next: (view: Viewport, window: Size) => Viewport) => {
      movedFor.current = fitKey;
      apply(next(view.current, sizeOf(windowRef.current)));
    },
    [apply, fitKey],
  );
  const showFitted = useCallback(
    (scaleMin?: number) => {
      if (drawn.current !== undefined) {
        const { width, height } = sizeOf(windowRef.current);
        apply(fitted(drawn.current, { width: width - BUTTONS_WIDTH, height }, scaleMin));
      }
    },
    [apply],
  );
  const begin = useCallback(() => {
    if (movedFor.current !== fitKey) {
      const isNarrow = sizeOf(windowRef.current).width < NARROW_WIDTH;
      showFitted(isNarrow ? NARROW_SCALE : undefined);
    }
  }, [fitKey, showFitted]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another size is fitted anew
  useEffect(begin, [begin, drawing?.width, drawing?.height]);
  useEffect(() => {
    const observer = new ResizeObserver(begin);
    if (windowRef.current !== null) {
      observer.observe(windowRef.current);
    }
    return () => observer.disconnect();
  }, [begin]);
  const pan = useCallback((x: number, y: number) => change((it) => moved(it, x, y)), [change]);
  const zoomAt = useCallback(
    (factor: number, at: Point) => change((it) => zoomed(it, factor, at)),
    [change],
  );
  useGestures(windowRef, pan, zoomAt);

  return useMemo(
    () => ({
      windowRef,
      contentRef,
      fit: () => {
        movedFor.current = fitKey;
        showFitted();
      },
      zoomBy: (factor) =>
        change((it, size) => zoomed(it, factor, { x: size.width / 2, y: size.height / 2 })),
      panBy: pan,
      centre: (place) => change((it, size) => centredOn(place, it, size)),
      reveal: (place, covered = 0) =>
        change((it, { width, height }) => revealing(place, it, { width: width - covered, height })),
    }),
    [change, fitKey, pan, showFitted],
  );
}

function draw(window: HTMLElement | null, content: HTMLElement | null, view: Viewport): void {
  if (window === null || content === null) {
    return;
  }
  content.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  const isFar = String(view.scale < SCALE_READABLE);
  if (window.dataset["far"] !== isFar) {
    window.dataset["far"] = isFar;
  }
}

function sizeOf(element: HTMLElement | null): Size {
  return { width: element?.clientWidth ?? 0, height: element?.clientHeight ?? 0 };
}
