/** The width of an element, from its first paint on. */
import { type RefObject, useLayoutEffect, useRef, useState } from "react";

export function useWidth<Element extends HTMLElement>(
  firstWidth: number,
): [RefObject<Element | null>, number] {
  const ref = useRef<Element>(null);
  const [width, setWidth] = useState(firstWidth);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    const measure = () => setWidth(element.clientWidth || firstWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [firstWidth]);
  return [ref, width];
}
