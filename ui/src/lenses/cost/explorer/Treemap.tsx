/** Where the money goes, by area: the first dimension in frames, the others as tiles in them. */
import { type KeyboardEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { addMoney, compareMoney } from "@/common/money";
import { SERIES_COLORS } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import { fittedText } from "../charts/text-width";
import { useWidth } from "../charts/use-width";
import type { Exploration, ExploreRow } from "../cost-types";
import { useMoney } from "../marks/use-money";
import { type PlacedHead, type PlacedTile, placeTiles } from "./treemap-model";

interface TreemapProps {
  label: string;
  answer: Exploration;
  /** The values of a row, from a dimension on. */
  nameOf: (row: ExploreRow, fromDimension?: number) => string;
  onOpen: (row: ExploreRow) => void;
}

const HEIGHT = 460;
const FIRST_WIDTH = 960;
const PADDING = 6;
const LINE = 15;
const LETTER_PIXELS = 7.2;

export function Treemap({ label, answer, nameOf, onOpen }: TreemapProps) {
  const { t } = useTranslation("cost");
  const [frame, width] = useWidth<HTMLDivElement>(FIRST_WIDTH);
  const money = useMoney(answer.currency);
  const { tiles, heads } = useMemo(() => placeTiles(answer, width, HEIGHT), [answer, width]);
  const below = answer.rows.filter((row) => compareMoney(row.total, "0") < 0);
  const headed = new Set(heads.map((it) => it.value));
  const shortName = (row: ExploreRow) =>
    nameOf(row, row.keys.length > 1 && headed.has(row.keys[0] ?? null) ? 1 : 0);
  const others = (rows: number) => t("explore.others", { count: rows, number: rows });
  return (
    <div ref={frame}>
      <svg className="cost-treemap" width="100%" height={HEIGHT} role="group" aria-label={label}>
        {heads.map((head) => (
          <HeadView key={head.key} head={head} nameOf={nameOf} amount={money.text(head.total)} />
        ))}
        {tiles.map((tile) => (
          <TileView
            key={tile.key}
            tile={tile}
            name={tile.row === undefined ? others(tile.rows) : nameOf(tile.row)}
            shownName={tile.row === undefined ? others(tile.rows) : shortName(tile.row)}
            amount={money.text(tile.total)}
            onOpen={onOpen}
          />
        ))}
      </svg>
      {below.length === 0 ? null : (
        <p className="cost-soft num">
          {t("explore.credits", { amount: money.text(addMoney(below.map((it) => it.total))) })}
        </p>
      )}
    </div>
  );
}

interface HeadProps {
  head: PlacedHead;
  nameOf: TreemapProps["nameOf"];
  amount: string;
}

function HeadView({ head, nameOf, amount }: HeadProps) {
  const { x, y, width, height, value } = head;
  const row = { keys: [value], total: head.total, before: null, share: null, points: [] };
  const text = fittedText(`${nameOf(row)} ${amount}`, width - 2 * PADDING, LETTER_PIXELS);
  return (
    <svg className="cost-tile-head" aria-hidden="true" {...{ x, y, width, height }}>
      <text x={PADDING} y={LINE}>
        {text}
      </text>
    </svg>
  );
}

interface TileProps {
  tile: PlacedTile;
  name: string;
  shownName: string;
  amount: string;
  onOpen: (row: ExploreRow) => void;
}

function TileView({ tile, name, shownName, amount, onOpen }: TileProps) {
  const format = useFormat();
  const { row, x, y, width, height, share } = tile;
  const place = { x, y, width, height };
  const facts = `${amount} · ${format.percent(share * 100)}`;
  const lines = [shownName, amount]
    .slice(0, Math.max(0, Math.floor((height - PADDING) / LINE)))
    .map((line) => fittedText(line, width - 2 * PADDING, LETTER_PIXELS));
  const open = () => (row === undefined ? undefined : onOpen(row));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open();
    }
  };
  const acts =
    row === undefined ? { role: "img" } : { role: "button", tabIndex: 0, onClick: open, onKeyDown };
  return (
    <>
      <rect
        className="cost-tile"
        {...place}
        {...acts}
        style={{ fill: fillOf(tile) }}
        aria-label={`${name}: ${facts}`}
        data-opens={row !== undefined}
      >
        <title>{`${name}\n${facts}`}</title>
      </rect>
      <svg className="cost-tile-text" aria-hidden="true" {...place}>
        {lines.map((line, at) => (
          <text key={at} x={PADDING} y={LINE * (at + 1)} data-first={at === 0}>
            {line}
          </text>
        ))}
      </svg>
    </>
  );
}

/** Pale, so that what is written on it can be read in both themes. */
function fillOf({ row, group, strength }: PlacedTile): string {
  const color = SERIES_COLORS[group % SERIES_COLORS.length] ?? SERIES_COLORS[0];
  return row === undefined
    ? "var(--surface-raised)"
    : `color-mix(in srgb, ${color} ${Math.round(strength * 100)}%, var(--surface))`;
}
