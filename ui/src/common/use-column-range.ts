/** Which columns of a wide table are in view, so that only their cells are in the page. */
import { type RefObject, useEffect, useState } from "react";

/** Up to here all cells are drawn, and columns may grow. */
export const COLUMNS_DRAWN_MAX = 24;
const OVERSCAN_PIXELS = 400;

export interface ColumnRange {
  first: number;
  /** After the last column. */
  end: number;
}

export function columnRange(
  widths: readonly number[],
  scrollLeft: number,
  viewWidth: number,
): ColumnRange {
  const [low, high] = [scrollLeft - OVERSCAN_PIXELS, scrollLeft + viewWidth + OVERSCAN_PIXELS];
  let [first, end, left] = [widths.length, 0, 0];
  widths.forEach((width, at) => {
    if (left + width > low && left < high) {
      first = Math.min(first, at);
      end = at + 1;
    }
    left += width;
  });
  return { first: Math.min(first, end), end };
}

/** Undefined when all columns are drawn. Keep `widths` stable. */
export function useColumnRange(
  scroller: RefObject<HTMLElement | null>,
  widths: readonly number[],
): ColumnRange | undefined {
  const isWide = widths.length > COLUMNS_DRAWN_MAX;
  const [range, setRange] = useState<ColumnRange>({ first: 0, end: COLUMNS_DRAWN_MAX });
  useEffect(() => {
    const element = scroller.current;
    if (element === null || !isWide) {
      return;
    }
    const update = () => {
      const next = columnRange(widths, element.scrollLeft, element.clientWidth);
      setRange((it) => (it.first === next.first && it.end === next.end ? it : next));
    };
    update();
    element.addEventListener("scroll", update, { passive: true });
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", update);
      observer.disconnect();
    };
  }, [scroller, widths, isWide]);
  return isWide ? range : undefined;
}
