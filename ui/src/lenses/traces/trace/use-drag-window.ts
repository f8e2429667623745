/** Dragging over an element chooses a part of its width. */
import { type PointerEvent, useRef, useState } from "react";

const DRAG_PIXELS_MIN = 4;

export interface DragShares {
  from: number;
  to: number;
}

function shareOf(event: PointerEvent<HTMLElement>): number {
  const box = event.currentTarget.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
}

/** `onChoose` gets the two ends as shares of the width, 0 to 1. */
export function useDragWindow(onChoose: (from: number, to: number) => void) {
  const [shares, setShares] = useState<DragShares | null>(null);
  const startX = useRef(0);
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button === 0) {
        event.currentTarget.setPointerCapture(event.pointerId);
        startX.current = event.clientX;
        const share = shareOf(event);
        setShares({ from: share, to: share });
      }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (shares !== null) {
        setShares({ from: shares.from, to: shareOf(event) });
      }
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (shares !== null && Math.abs(event.clientX - startX.current) >= DRAG_PIXELS_MIN) {
        onChoose(shares.from, shareOf(event));
      }
      setShares(null);
    },
    onPointerCancel: () => setShares(null),
  };
  const selection =
    shares === null
      ? null
      : {
          left: `${100 * Math.min(shares.from, shares.to)}%`,
          width: `${100 * Math.abs(shares.to - shares.from)}%`,
        };
  return { handlers, selection };
}
