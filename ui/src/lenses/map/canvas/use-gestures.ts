/** Pointers and wheel over a window, as movements and zooming. */
import { type RefObject, useEffect } from "react";
import type { Point } from "../layout/geometry";

/** A pointer that moves less than this clicks. */
const DRAG_PX_MIN = 5;
const WHEEL_STEP = 0.0015;
/** A pinch on a touchpad comes as small steps of the wheel with the control key. */
const PINCH_STEP = 0.01;
const LINE_PX = 16;

type Pan = (x: number, y: number) => void;
type ZoomAt = (factor: number, at: Point) => void;

class Gestures {
  private readonly pointers = new Map<number, Point>();
  private start: Point | undefined;
  private hasDragged = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly pan: Pan,
    private readonly zoomAt: ZoomAt,
  ) {}

  private at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  down = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" && event.button !== 0) {
      return;
    }
    const point = this.at(event);
    this.pointers.set(event.pointerId, point);
    if (this.pointers.size === 1) {
      this.start = point;
      this.hasDragged = false;
    }
  };

  move = (event: PointerEvent): void => {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined || this.start === undefined) {
      return;
    }
    if (event.pointerType === "mouse" && event.buttons === 0) {
      // It was released outside of the window.
      this.up(event);
      return;
    }
    const now = this.at(event);
    const isDrag = Math.hypot(now.x - this.start.x, now.y - this.start.y) >= DRAG_PX_MIN;
    if (!this.hasDragged && !isDrag && this.pointers.size === 1) {
      return;
    }
    if (!this.hasDragged) {
      this.hasDragged = true;
      // From now on the window has the pointer, also outside of it.
      this.element.setPointerCapture(event.pointerId);
      this.element.dataset["dragging"] = "true";
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other === undefined) {
      this.pan(now.x - before.x, now.y - before.y);
    } else {
      this.pinch(before, now, other);
    }
  };

  private pinch(before: Point, now: Point, other: Point): void {
    const distance = (a: Point) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.zoomAt(distance(now) / distance(before), middle);
  }

  up = (event: PointerEvent): void => {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) {
      delete this.element.dataset["dragging"];
    }
  };

  /** The end of a drag over a node is no click on it. */
  click = (event: MouseEvent): void => {
    if (this.hasDragged && event.detail > 0) {
      event.stopPropagation();
      event.preventDefault();
    }
    this.hasDragged = false;
  };

  wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    const step = event.ctrlKey ? PINCH_STEP : WHEEL_STEP;
    this.zoomAt(Math.exp(-pixels * step), this.at(event));
  };
}

export function useGestures(
  windowRef: RefObject<HTMLDivElement | null>,
  pan: Pan,
  zoomAt: ZoomAt,
): void {
  useEffect(() => {
    const element = windowRef.current;
    if (element === null) {
      return;
    }
    const gestures = new Gestures(element, pan, zoomAt);
    const stop = new AbortController();
    const { signal } = stop;
    element.addEventListener("pointerdown", gestures.down, { signal });
    element.addEventListener("pointermove", gestures.move, { signal });
    for (const end of ["pointerup", "pointercancel"] as const) {
      element.addEventListener(end, gestures.up, { signal });
    }
    element.addEventListener("click", gestures.click, { signal, capture: true });
    element.addEventListener("wheel", gestures.wheel, { signal, passive: false });
    return () => stop.abort();
  }, [windowRef, pan, zoomAt]);
}
