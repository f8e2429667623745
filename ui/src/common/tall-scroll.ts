/**
 * Scrolling a list that is taller than a browser's element can be. Small moves are moves of as many
 * pixels; far ones, by the scroll bar, are moves to that share of the list. Near both ends of the
 * list its element moves as it does. No React here.
 */

/** Browsers stop between 17 and 33 million pixels. */
const ELEMENT_PIXELS_MAX = 8_000_000;
/** As many as somebody scrolls through without the scroll bar. */
const END_PIXELS = 200_000;

export interface TallScroll {
  /** Pixels above the view in the whole list. */
  top: number;
  /** Pixels that the element was scrolled by when `top` was found. */
  elementTop: number;
}

export function elementHeight(listHeight: number): number {
  return Math.min(listHeight, ELEMENT_PIXELS_MAX);
}

/** Where the list is after its element was scrolled to `elementTop`. */
export function scrolled(
  before: TallScroll,
  elementTop: number,
  listHeight: number,
  viewHeight: number,
): TallScroll {
  const listMost = Math.max(0, listHeight - viewHeight);
  const elementMost = Math.max(0, elementHeight(listHeight) - viewHeight);
  if (listMost <= elementMost) {
    return { top: elementTop, elementTop };
  }
  const delta = elementTop - before.elementTop;
  const top =
    Math.abs(delta) <= viewHeight ? before.top + delta : mapped(elementTop, elementMost, listMost);
  return { top: Math.max(0, Math.min(top, listMost)), elementTop };
}

/** Where the element has to be scrolled so that `top` of the list is shown. */
export function elementTopOf(top: number, listHeight: number, viewHeight: number): number {
  const listMost = listHeight - viewHeight;
  const elementMost = elementHeight(listHeight) - viewHeight;
  return listMost <= elementMost ? top : mapped(top, listMost, elementMost);
}

/** A place among `most` pixels as one among `otherMost`; the same distance from an end near it. */
function mapped(place: number, most: number, otherMost: number): number {
  if (place <= END_PIXELS) {
    return place;
  }
  if (place >= most - END_PIXELS) {
    return otherMost - (most - place);
  }
  const share = (place - END_PIXELS) / (most - 2 * END_PIXELS);
  return END_PIXELS + share * (otherMost - 2 * END_PIXELS);
}
