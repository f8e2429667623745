/** The columns of the explorer's table, and the same as a CSV file with every digit. */
import type { TFunction } from "i18next";
import type { Column } from "@/common/DataTable";
import {
  compareMoney,
  type MoneyText,
  moneyChange,
  moneyNumber,
  moneyShare,
  subtractMoney,
} from "@/common/money";
import type { Formats } from "@/design/use-format";
import { bucketText } from "../charts/buckets";
import type { Granularity } from "../cost-search";
import type { Exploration } from "../cost-types";
import { MoneyChange } from "../marks/Money";
import type { MoneyFormats } from "../marks/use-money";
import { pivotRows } from "./pivot";

export interface TableRow {
  keys: (string | null)[];
  total: MoneyText;
  before: MoneyText | null;
  /** Null of a total that is not more than zero. */
  share: number | null;
  amounts: (MoneyText | undefined)[];
  /** All rows that are not listed, in one. */
  isOthers: boolean;
  /** How many rows these are. */
  rows: number;
}

export interface PivotedTable {
  dimensions: string[];
  /** What the further columns are: moments, or values of this dimension. */
  columns: { time: string[] } | { dimension: string; values: (string | null)[] };
  rows: TableRow[];
}

export type Shape = "time" | "dimension" | "none";

export function pivotTable(
  answer: Exploration,
  by: readonly string[],
  shape: Shape,
  granularity: Granularity,
): PivotedTable {
  const isPositive = compareMoney(answer.total, "0") > 0;
  const shareOf = (total: MoneyText) => (isPositive ? moneyShare(total, answer.total) : null);
  if (shape === "dimension") {
    const { columns, rows } = pivotRows(answer.rows);
    return {
      dimensions: by.slice(0, -1),
      columns: { dimension: by.at(-1) ?? "", values: columns },
      rows: [
        ...rows.map((row) => ({ ...row, share: shareOf(row.total), isOthers: false, rows: 1 })),
        ...othersRow(answer, shareOf, false),
      ],
    };
  }
  const isTime = shape === "time";
  const time = isTime ? answer.bucket_ms.map((startMs) => bucketText(startMs, granularity)) : [];
  const rows = answer.rows.map((row) => ({
    keys: row.keys,
    total: row.total,
    before: row.before,
    share: shareOf(row.total),
    amounts: isTime ? row.points : [],
    isOthers: false,
    rows: 1,
  }));
  return {
    dimensions: [...by],
    columns: { time },
    rows: [...rows, ...othersRow(answer, shareOf, isTime)],
  };
}

function othersRow(
  { others }: Exploration,
  shareOf: (total: MoneyText) => number | null,
  isTime: boolean,
): TableRow[] {
  if (others === null) {
    return [];
  }
  const { total, before, rows } = others;
  const amounts = isTime ? others.points : [];
  return [{ keys: [], total, before, share: shareOf(total), amounts, isOthers: true, rows }];
}

export interface TableTexts {
  t: TFunction<"cost">;
  format: Formats;
  money: MoneyFormats;
  dimensionText: (name: string) => string;
  valueText: (dimension: string, value: string | null) => string;
}

function keyText(row: TableRow, at: number, dimension: string, texts: TableTexts): string {
  if (row.isOthers) {
    const number = texts.format.count(row.rows);
    return at === 0 ? texts.t("explore.others", { count: row.rows, number }) : "";
  }
  return texts.valueText(dimension, row.keys[at] ?? null);
}

export function pivotColumns(table: PivotedTable, texts: TableTexts): Column<TableRow>[] {
  return [...keyColumns(table, texts), ...totalColumns(texts), ...amountColumns(table, texts)];
}

function keyColumns({ dimensions }: PivotedTable, texts: TableTexts): Column<TableRow>[] {
  return dimensions.map((dimension, at) => ({
    key: `by ${dimension}`,
    header: texts.dimensionText(dimension),
    value: (row) => keyText(row, at, dimension, texts),
    cell: (row) => {
      const text = keyText(row, at, dimension, texts);
      const isNamed = !row.isOthers && (row.keys[at] ?? null) !== null;
      return (
        <span title={text} className={isNamed ? undefined : "cost-soft"}>
          {text}
        </span>
      );
    },
    width: dimensions.length === 1 ? 260 : 180,
    grow: 1,
  }));
}

function totalColumns({ t, money, format }: TableTexts): Column<TableRow>[] {
  return [
    {
      key: "total",
      header: t("column.total"),
      value: (row) => moneyNumber(row.total),
      cell: (row) => <b title={money.exact(row.total)}>{money.text(row.total)}</b>,
      align: "right",
      width: 140,
    },
    {
      key: "share",
      header: t("column.share"),
      value: (row) => row.share,
      cell: (row) => format.percent(row.share === null ? null : row.share * 100),
      align: "right",
      width: 88,
    },
    {
      key: "difference",
      header: t("column.change"),
      hint: t("column.change_hint"),
      value: ({ total, before }) =>
        before === null ? null : moneyNumber(subtractMoney(total, before)),
      cell: (row) => (
        <MoneyChange
          before={row.before}
          after={row.total}
          currency={money.currency}
          only="amount"
        />
      ),
      align: "right",
      width: 130,
    },
    {
      key: "change",
      header: t("column.change_share"),
      value: ({ total, before }) => (before === null ? null : moneyChange(before, total)),
      cell: (row) => (
        <MoneyChange before={row.before} after={row.total} currency={money.currency} only="share" />
      ),
      align: "right",
      width: 96,
    },
  ];
}

function amountHeaders({ columns }: PivotedTable, { valueText }: TableTexts): string[] {
  return "time" in columns
    ? columns.time
    : columns.values.map((value) => valueText(columns.dimension, value));
}

function amountColumns(table: PivotedTable, texts: TableTexts): Column<TableRow>[] {
  const { money } = texts;
  return amountHeaders(table, texts).map((header, at) => ({
    key: `amount ${at}`,
    header,
    value: (row) => {
      const amount = row.amounts[at];
      return amount === undefined ? null : moneyNumber(amount);
    },
    cell: (row) => <span title={money.exact(row.amounts[at])}>{money.text(row.amounts[at])}</span>,
    align: "right",
    width: 120,
  }));
}

/** Amounts keep every digit, and the header says what they are. */
export function csvTable(
  table: PivotedTable,
  texts: TableTexts,
  answer: Pick<Exploration, "metric" | "currency">,
): { header: string[]; lines: unknown[][] } {
  const { t, dimensionText } = texts;
  const unit = `${t(`metric.${answer.metric}`)}, ${answer.currency}`;
  return {
    header: [
      ...table.dimensions.map(dimensionText),
      `${t("column.total")} (${unit})`,
      `${t("column.before")} (${unit})`,
      t("column.share"),
      ...amountHeaders(table, texts),
    ],
    lines: table.rows.map((row) => [
      ...table.dimensions.map((dimension, at) => keyText(row, at, dimension, texts)),
      row.total,
      row.before,
      row.share,
      ...row.amounts.map((it) => it ?? ""),
    ]),
  };
}
