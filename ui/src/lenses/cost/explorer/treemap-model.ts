/** The tiles of a treemap of cost: groups of the first dimension side by side. */
import { addMoney, compareMoney, type MoneyText, moneyNumber } from "@/common/money";
import type { Exploration, ExploreRow } from "../cost-types";
import { squarify, type Tile } from "./squarify";

type Place = Omit<Tile, "index">;

export interface PlacedTile extends Place {
  key: string;
  /** Undefined for all that are too small to be drawn. */
  row: ExploreRow | undefined;
  /** How many rows it stands for. */
  rows: number;
  total: MoneyText;
  /** Of all that is drawn. */
  share: number;
  /** Groups have a colour each. */
  group: number;
  /** Of its colour, from 0 to 1: the larger tiles of a group stand out. */
  strength: number;
}

/** The name of a group, above its tiles. */
export interface PlacedHead extends Place {
  key: string;
  value: string | null;
  total: MoneyText;
}

interface Item {
  row: ExploreRow | undefined;
  rows: number;
  total: MoneyText;
}

/** More tiles than this are specks. */
const TILES_MAX = 80;
const GAP = 1;
const HEAD_HEIGHT = 20;
/** In smaller groups the head would take most of the room. */
const HEADED_HEIGHT_MIN = 64;
const HEADED_WIDTH_MIN = 48;

/** Credits have no area: only what costs something is drawn. */
function drawnItems({ rows, others }: Pick<Exploration, "rows" | "others">): Item[] {
  const positive = rows
    .filter((row) => compareMoney(row.total, "0") > 0)
    .sort((a, b) => compareMoney(b.total, a.total))
    .map((row): Item => ({ row, rows: 1, total: row.total }));
  const rest = positive.slice(TILES_MAX);
  const small = addMoney([
    ...rest.map((it) => it.total),
    ...(others === null ? [] : [others.total]),
  ]);
  const items = positive.slice(0, TILES_MAX);
  const count = rest.length + (others?.rows ?? 0);
  return compareMoney(small, "0") > 0
    ? [...items, { row: undefined, rows: count, total: small }]
    : items;
}

/** Items of the same first value; without further dimensions each item is on its own. */
function grouped(items: readonly Item[]): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const keys = item.row?.keys ?? [];
    const key = JSON.stringify(keys.length > 1 ? [keys[0]] : keys);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

export function placeTiles(
  answer: Pick<Exploration, "rows" | "others">,
  width: number,
  height: number,
): { tiles: PlacedTile[]; heads: PlacedHead[] } {
  const groups = grouped(drawnItems(answer));
  const sizes = groups.map((items) => items.reduce((sum, it) => sum + moneyNumber(it.total), 0));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const [tiles, heads]: [PlacedTile[], PlacedHead[]] = [[], []];
  for (const { index, ...frame } of squarify(sizes, 0, 0, width, height)) {
    const items = groups[index] ?? [];
    const head = headOf(items, frame);
    const top = head === undefined ? 0 : HEAD_HEIGHT;
    const room = { ...frame, y: frame.y + top, height: frame.height - top };
    heads.push(...(head === undefined ? [] : [head]));
    tiles.push(...placeGroup(items, room, index, all));
  }
  return { tiles, heads };
}

function headOf(items: readonly Item[], frame: Place): PlacedHead | undefined {
  const keys = items[0]?.row?.keys ?? [];
  if (keys.length < 2 || frame.height < HEADED_HEIGHT_MIN || frame.width < HEADED_WIDTH_MIN) {
    return undefined;
  }
  const value = keys[0] ?? null;
  const total = addMoney(items.map((it) => it.total));
  return { ...frame, height: HEAD_HEIGHT, key: JSON.stringify(value), value, total };
}

function placeGroup(items: readonly Item[], room: Place, group: number, all: number): PlacedTile[] {
  const sizes = items.map((it) => moneyNumber(it.total));
  return squarify(sizes, room.x, room.y, room.width, room.height).flatMap(({ index, ...place }) => {
    const item = items[index];
    return item === undefined ? [] : [placedTile(item, place, { group, all, index })];
  });
}

function placedTile(
  item: Item,
  place: Place,
  { group, all, index }: { group: number; all: number; index: number },
): PlacedTile {
  return {
    ...item,
    ...place,
    width: Math.max(0, place.width - GAP),
    height: Math.max(0, place.height - GAP),
    key: JSON.stringify(item.row?.keys ?? null),
    share: moneyNumber(item.total) / all,
    group,
    strength: 0.42 - Math.min(0.24, 0.06 * index),
  };
}
