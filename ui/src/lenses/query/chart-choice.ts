/** Which chart fits a result, and the values it draws. */
import type { Schemas } from "@/api/client";

export type ResultColumn = Schemas["Column"];
export type ChartKind = "table" | "line" | "bar";

export interface ChartSetting {
  kind: ChartKind;
  x?: string | undefined;
  y?: string[] | undefined;
  series?: string | undefined;
}

/** More lines than this cannot be told apart. */
export const SERIES_MAX = 20;
export const BARS_MAX = 50;
/** A result of one row is a figure, not a chart. */
const ROWS_MIN = 2;

const NUMBERS: readonly ResultColumn["type"][] = ["int64", "float64", "duration"];
const CATEGORIES: readonly ResultColumn["type"][] = ["text", "bool"];

export function isNumberColumn(column: ResultColumn): boolean {
  return NUMBERS.includes(column.type);
}

function names(columns: readonly ResultColumn[], test: (column: ResultColumn) => boolean) {
  return columns.filter(test).map((column) => column.name);
}

/** What the columns allow for each part of a chart of this kind. */
export function chartParts(columns: readonly ResultColumn[], kind: ChartKind) {
  const isX = (column: ResultColumn) =>
    kind === "line" ? column.type === "timestamp" : CATEGORIES.includes(column.type);
  return {
    x: names(columns, isX),
    y: names(columns, isNumberColumn),
    series: kind === "line" ? names(columns, (it) => CATEGORIES.includes(it.type)) : [],
  };
}

export function possibleKinds(columns: readonly ResultColumn[]): ChartKind[] {
  const fits = (kind: ChartKind) => {
    const { x, y } = chartParts(columns, kind);
    return x.length > 0 && y.length > 0;
  };
  return ["table", ...(["line", "bar"] as const).filter(fits)];
}

type Rows = readonly (readonly unknown[])[];

/**
 * A result that was grouped is drawn: lines when each time (and category) comes once, bars when
 * each category does. Anything else is a list of records, which a table shows best.
 */
export function chooseChart(columns: readonly ResultColumn[], rows: Rows): ChartSetting {
  const places = columns.map((_, at) => at);
  const times = places.filter((at) => columns[at]?.type === "timestamp");
  const categories = places.filter((at) => CATEGORIES.includes(columns[at]?.type ?? "json"));
  const isGrouped =
    times.length <= 1 && categories.length <= 1 && isUnique(rows, [...times, ...categories]);
  const kind = times.length === 1 ? "line" : "bar";
  const isDrawn = isGrouped && rows.length >= ROWS_MIN && possibleKinds(columns).includes(kind);
  return isDrawn ? completeChart({ kind }, columns, rows) : { kind: "table" };
}

function isUnique(rows: Rows, places: readonly number[]): boolean {
  return (
    new Set(rows.map((row) => JSON.stringify(places.map((at) => row[at])))).size === rows.length
  );
}

/** The query was probably written for the number that it is ordered by. */
function orderedBy(columns: readonly ResultColumn[], rows: Rows): string | undefined {
  const isOrdered = (at: number) => {
    const values = rows.map((row) => cellNumber(row[at]) ?? Number.NaN);
    const falls = values.every((value, index) => index === 0 || value <= (values[index - 1] ?? 0));
    const rises = values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
    return (falls || rises) && values[0] !== values.at(-1);
  };
  return columns.find((column, at) => isNumberColumn(column) && isOrdered(at))?.name;
}

function hasFewValues(columns: readonly ResultColumn[], rows: Rows, name: string): boolean {
  const at = columns.findIndex((it) => it.name === name);
  return new Set(rows.map((row) => row[at])).size <= SERIES_MAX;
}

/** Fills what `wanted` leaves open, and drops what the columns do not have. */
export function completeChart(
  wanted: Partial<ChartSetting>,
  columns: readonly ResultColumn[],
  rows: Rows,
): ChartSetting {
  if (wanted.kind === undefined) {
    return chooseChart(columns, rows);
  }
  if (!possibleKinds(columns).includes(wanted.kind) || wanted.kind === "table") {
    return { kind: "table" };
  }
  const parts = chartParts(columns, wanted.kind);
  const x = parts.x.find((it) => it === wanted.x) ?? parts.x[0];
  const series =
    parts.series.find((it) => it === wanted.series) ??
    parts.series.find((it) => hasFewValues(columns, rows, it));
  const y = parts.y.filter((it) => wanted.y?.includes(it));
  // Beside a series column one number is clear; without it every number is a line of its own.
  const first = (wanted.kind === "bar" ? orderedBy(columns, rows) : undefined) ?? parts.y[0] ?? "";
  const shown = series === undefined && wanted.kind === "line" ? parts.y : [first];
  return { kind: wanted.kind, x, y: y.length > 0 ? y : shown, series };
}

/** A number from a cell; large integers come as text. */
export function cellNumber(value: unknown): number | null {
  if (typeof value === "number") {
    return value;
  }
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

export interface LineData {
  timesMs: number[];
  series: { name: string; values: (number | null)[] }[];
  /** How many series are not drawn because there are too many. */
  hidden: number;
}

export function lineData(
  columns: readonly ResultColumn[],
  rows: Rows,
  { x, y = [], series }: ChartSetting,
): LineData {
  const place = (name: string | undefined) => columns.findIndex((it) => it.name === name);
  const [timeAt, seriesAt] = [place(x), place(series)];
  const points = new Map<string, Map<number, number | null>>();
  const times = new Set<number>();
  for (const row of rows) {
    const timeMs = Date.parse(String(row[timeAt]));
    if (Number.isNaN(timeMs)) {
      continue;
    }
    times.add(timeMs);
    for (const name of y) {
      const line = lineName(seriesAt < 0 ? undefined : row[seriesAt], name, y.length);
      const values = points.get(line) ?? new Map<number, number | null>();
      values.set(timeMs, cellNumber(row[place(name)]));
      points.set(line, values);
    }
  }
  const timesMs = [...times].sort((a, b) => a - b);
  const all = [...points].map(([name, values]) => ({ name, values, size: total(values) }));
  const largest = all.sort((a, b) => b.size - a.size).slice(0, SERIES_MAX);
  return {
    timesMs,
    series: largest
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, values }) => ({ name, values: timesMs.map((it) => values.get(it) ?? null) })),
    hidden: Math.max(0, all.length - SERIES_MAX),
  };
}

function lineName(series: unknown, column: string, columnCount: number): string {
  if (series === undefined) {
    return column;
  }
  const name = series === null ? "–" : String(series);
  return columnCount > 1 ? `${name} · ${column}` : name;
}

function total(values: ReadonlyMap<number, number | null>): number {
  let sum = 0;
  for (const value of values.values()) {
    sum += Math.abs(value ?? 0);
  }
  return sum;
}

export interface BarData {
  bars: { name: string; value: number }[];
  hidden: number;
}

/** In the order of the result, which the query has chosen; rows without a number are left out. */
export function barData(
  columns: readonly ResultColumn[],
  rows: Rows,
  { x, y }: ChartSetting,
): BarData {
  const nameAt = columns.findIndex((it) => it.name === x);
  const valueAt = columns.findIndex((it) => it.name === y?.[0]);
  const all = rows.flatMap((row) => {
    const value = cellNumber(row[valueAt]);
    const name = row[nameAt];
    return value === null ? [] : [{ name: name === null ? "–" : String(name), value }];
  });
  return { bars: all.slice(0, BARS_MAX), hidden: Math.max(0, all.length - BARS_MAX) };
}
