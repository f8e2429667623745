/** Values without a neighbour: a line through them has no length, so they are drawn as points. */

/** The places of such values, from `first` up to and including `last`; null when there are none. */
export function isolatedPoints(
  values: readonly (number | null | undefined)[],
  first: number,
  last: number,
): number[] | null {
  const isKnown = (at: number) => values[at] !== null && values[at] !== undefined;
  const found: number[] = [];
  for (let at = first; at <= last; at += 1) {
    if (isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1)) {
      found.push(at);
    }
  }
  return found.length === 0 ? null : found;
}
