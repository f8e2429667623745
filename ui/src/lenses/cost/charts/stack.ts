/** Bars that stand on each other: what was paid above the line, what was given back below it. */

export interface Piece {
  /** Of which series. */
  series: number;
  low: number;
  high: number;
}

/** The pieces of one bar, from the line outwards. */
export function stackPieces(values: readonly number[]): Piece[] {
  let [above, below] = [0, 0];
  return values.flatMap((value, series) => {
    if (value > 0) {
      above += value;
      return [{ series, low: above - value, high: above }];
    }
    if (value < 0) {
      below += value;
      return [{ series, low: below, high: below - value }];
    }
    return [];
  });
}

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

const TICKS = 4;

/** Round steps that hold all bars; zero is always one of them. */
export function scaleOf(bars: readonly (readonly Piece[])[]): Scale {
  let [low, high] = [0, 0];
  for (const piece of bars.flat()) {
    low = Math.min(low, piece.low);
    high = Math.max(high, piece.high);
  }
  if (low === high) {
    return { low: 0, high: 1, ticks: [0] };
  }
  const step = roundStep((high - low) / TICKS);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
  return { low: first * step, high: last * step, ticks };
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((it) => it * power >= least) ?? 10;
  return factor * power;
}

/** Every how many bars there is room for a label. */
export function labelStep(bars: number, width: number, labelWidth: number): number {
  return Math.max(1, Math.ceil((bars * labelWidth) / Math.max(1, width)));
}
