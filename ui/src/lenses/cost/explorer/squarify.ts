/**
 * A treemap whose tiles are as square as they can be: M. Bruls, K. Huizing and J. van Wijk,
 * "Squarified Treemaps" (2000). Tiles are laid in rows along the shorter side; a row takes another
 * tile as long as its worst proportion gets no worse.
 */

export interface Tile {
  /** The place of the item in what was given. */
  index: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Sized {
  index: number;
  area: number;
}

/** `sizes` must be positive; larger ones come first. Fills the rectangle exactly. */
export function squarify(
  sizes: readonly number[],
  x: number,
  y: number,
  width: number,
  height: number,
): Tile[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= 0 || width <= 0 || height <= 0) {
    return [];
  }
  const scale = (width * height) / total;
  const rest = sizes
    .map((size, index): Sized => ({ index, area: size * scale }))
    .filter(({ area }) => area > 0)
    .sort((a, b) => b.area - a.area);
  const tiles: Tile[] = [];
  const room = { x, y, width, height };
  while (rest.length > 0) {
    const side = Math.min(room.width, room.height);
    const row = rest.splice(0, rowLength(rest, side));
    tiles.push(...laid(row, room));
  }
  return tiles;
}

/** How many of the first tiles make the row with the best proportions. */
function rowLength(rest: readonly Sized[], side: number): number {
  let length = 1;
  let sum = rest[0]?.area ?? 0;
  const largest = sum;
  let worst = worstRatio(largest, largest, sum, side);
  for (let next = rest[length]; next !== undefined; next = rest[length]) {
    const ratio = worstRatio(largest, next.area, sum + next.area, side);
    if (ratio > worst) {
      break;
    }
    [worst, sum, length] = [ratio, sum + next.area, length + 1];
  }
  return length;
}

function worstRatio(largest: number, smallest: number, sum: number, side: number): number {
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}

type Room = Omit<Tile, "index">;

/** Lays a row along the shorter side of the room, and takes its place away from the room. */
function laid(row: readonly Sized[], room: Room): Tile[] {
  const sum = row.reduce((all, { area }) => all + area, 0);
  const isColumn = room.width >= room.height;
  const side = isColumn ? room.height : room.width;
  const depth = sum / side;
  let at = isColumn ? room.y : room.x;
  const tiles = row.map(({ index, area }): Tile => {
    const length = area / depth;
    const start = at;
    at += length;
    return isColumn
      ? { index, x: room.x, y: start, width: depth, height: length }
      : { index, x: start, y: room.y, width: length, height: depth };
  });
  if (isColumn) {
    room.x += depth;
    room.width -= depth;
  } else {
    room.y += depth;
    room.height -= depth;
  }
  return tiles;
}
