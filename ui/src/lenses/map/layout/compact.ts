/**
 * Heights within the layers: every node and every bend of a call is drawn to what it is linked
 * with, as far as its order and the gaps allow. The order is that of the library; its heights leave
 * so much room to straight lines that a large map would be mostly empty.
 */

export interface Item {
  /** Which column it is in, from the left. */
  column: number;
  y: number;
  height: number;
  isNode: boolean;
  links: Link[];
}

export interface Link {
  item: Item;
  weight: number;
}

interface Gaps {
  /** Between two nodes, and between anything else. */
  nodes: number;
  others: number;
}

/** Enough that another sweep of a large map moves nothing that one could see. */
const SWEEPS = 24;
/** Calls over several layers shall be straight. */
const BEND_TO_BEND = 6;
const BEND_TO_NODE = 2;

export function link(a: Item, b: Item): void {
  const weight = a.isNode || b.isNode ? BEND_TO_NODE : BEND_TO_BEND;
  a.links.push({ item: b, weight });
  b.links.push({ item: a, weight });
}

/** Sets `y` of all items, from 0 on, and gives the height of all of them. */
export function compact(items: readonly Item[], gaps: Gaps): number {
  const columns = columnsOf(items);
  for (const column of columns) {
    packed(column, gaps);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isBack = sweep % 2 === 1;
    for (const column of isBack ? [...columns].reverse() : columns) {
      drawn(column, gaps);
    }
  }
  const top = Math.min(...items.map(({ y, height }) => y - height / 2));
  for (const item of items) {
    item.y = Math.round(item.y - top);
  }
  return Math.max(...items.map(({ y, height }) => y + height / 2));
}

function columnsOf(items: readonly Item[]): Item[][] {
  const columns = new Map<number, Item[]>();
  for (const item of items) {
    const column = columns.get(item.column) ?? [];
    column.push(item);
    columns.set(item.column, column);
  }
  const sorted = [...columns].sort(([a], [b]) => a - b).map(([, column]) => column);
  for (const column of sorted) {
    column.sort((a, b) => a.y - b.y);
  }
  return sorted;
}

/** From the centre of an item to that of the next one. */
function step(above: Item, below: Item, gaps: Gaps): number {
  const gap = above.isNode && below.isNode ? gaps.nodes : gaps.others;
  return (above.height + below.height) / 2 + gap;
}

/** As close together as they may be, around 0. */
function packed(column: readonly Item[], gaps: Gaps): void {
  let y = 0;
  column.forEach((item, at) => {
    const above = column[at - 1];
    y += above === undefined ? 0 : step(above, item, gaps);
    item.y = y;
  });
  for (const item of column) {
    item.y -= y / 2;
  }
}

interface Block {
  sum: number;
  weight: number;
  items: Item[];
  offsets: number[];
}

/**
 * The heights nearest to those wanted, in order and apart: blocks of items that touch are merged
 * until none overlap (isotonic regression by pooling adjacent violators).
 */
function drawn(column: readonly Item[], gaps: Gaps): void {
  const blocks: Block[] = [];
  let offset = 0;
  column.forEach((item, at) => {
    const above = column[at - 1];
    offset += above === undefined ? 0 : step(above, item, gaps);
    const weight = item.links.reduce((sum, it) => sum + it.weight, 0);
    const linked = item.links.reduce((sum, it) => sum + it.weight * it.item.y, 0);
    const wanted = weight === 0 ? item.y : linked / weight;
    const own = Math.max(weight, 1);
    blocks.push({ sum: (wanted - offset) * own, weight: own, items: [item], offsets: [offset] });
    mergeLast(blocks);
  });
  for (const { sum, weight, items, offsets } of blocks) {
    items.forEach((item, at) => {
      item.y = sum / weight + (offsets[at] ?? 0);
    });
  }
}

function mergeLast(blocks: Block[]): void {
  let [last, before] = [blocks.at(-1), blocks.at(-2)];
  while (
    last !== undefined &&
    before !== undefined &&
    before.sum / before.weight >= last.sum / last.weight
  ) {
    before.sum += last.sum;
    before.weight += last.weight;
    before.items.push(...last.items);
    before.offsets.push(...last.offsets);
    blocks.pop();
    [last, before] = [blocks.at(-1), blocks.at(-2)];
  }
}
