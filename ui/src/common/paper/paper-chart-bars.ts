/** The shapes of a chart on paper. */

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Bars from left to right on a scale from 0 to the largest value; what is not 0 stays visible. */
export function paperBars(
  values: readonly number[],
  largest: number,
  width: number,
  height: number,
): Bar[] {
  const slot = width / Math.max(1, values.length);
  return values.flatMap((value, at) => {
    if (!(value > 0) || largest <= 0) {
      return [];
    }
    const tall = Math.max(1, (value / largest) * height);
    return [{ x: at * slot + slot * 0.1, y: height - tall, width: slot * 0.8, height: tall }];
  });
}
