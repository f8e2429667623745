/** Which rows of a list of any length are in view, and moving to one of them. */
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { elementHeight, elementTopOf, scrolled, type TallScroll } from "./tall-scroll";

const SETTLED_AFTER_MS = 160;
const FIRST_VIEW_PIXELS = 600;

export interface View {
  first: number;
  /** After the last row. */
  end: number;
  /** Where the first row is in the element. */
  topOf: (index: number) => number;
  height: number;
  scrollTo: (index: number) => void;
  isAtStart: boolean;
}

export function useTallScroll(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  headHeight: number,
): View {
  const [state, setState] = useState<TallScroll>({ top: 0, elementTop: 0 });
  const [viewHeight, setViewHeight] = useState(FIRST_VIEW_PIXELS);
  const latest = useRef({ state, count, viewHeight });
  latest.current = { state, count, viewHeight };
  const move = useCallback((next: TallScroll) => {
    latest.current.state = next;
    setState(next);
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) {
      return;
    }
    let settled: ReturnType<typeof setTimeout>;
    const measure = () => setViewHeight(Math.max(rowHeight, element.clientHeight - headHeight));
    const onScroll = () => {
      const { state: before, count: rows, viewHeight: pixels } = latest.current;
      if (element.scrollTop === before.elementTop) {
        return;
      }
      move(scrolled(before, element.scrollTop, rows * rowHeight, pixels));
      clearTimeout(settled);
      // Small moves leave the scroll bar where it is; afterwards it says where the list is.
      settled = setTimeout(() => {
        const { state: now, count: all, viewHeight: height } = latest.current;
        const elementTop = elementTopOf(now.top, all * rowHeight, height);
        if (Math.abs(elementTop - element.scrollTop) >= 1) {
          element.scrollTop = elementTop;
          move({ top: now.top, elementTop: element.scrollTop });
        }
      }, SETTLED_AFTER_MS);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(settled);
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, rowHeight, headHeight, move]);
  const scrollTo = useCallback(
    (index: number) => {
      const element = scroller.current;
      const { state: now, count: rows, viewHeight: pixels } = latest.current;
      const [start, end] = [index * rowHeight, (index + 1) * rowHeight];
      const top = start < now.top ? start : end > now.top + pixels ? end - pixels : now.top;
      if (element !== null && top !== now.top) {
        element.scrollTop = elementTopOf(top, rows * rowHeight, pixels);
        move({ top, elementTop: element.scrollTop });
      }
    },
    [scroller, rowHeight, move],
  );
  return { ...viewOf(state, count, rowHeight, viewHeight), scrollTo };
}

function viewOf(state: TallScroll, count: number, rowHeight: number, viewHeight: number) {
  const listHeight = count * rowHeight;
  const top = Math.max(0, Math.min(state.top, listHeight - viewHeight));
  return {
    first: Math.floor(top / rowHeight),
    end: Math.min(count, Math.ceil((top + viewHeight) / rowHeight)),
    topOf: (index: number) => state.elementTop + index * rowHeight - top,
    height: elementHeight(listHeight),
    isAtStart: top < rowHeight,
  };
}
