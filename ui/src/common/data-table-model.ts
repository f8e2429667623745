/** Columns and sorting of `DataTable`. */
import type { ReactNode } from "react";

export type CellValue = string | number | boolean | null | undefined;

export interface Column<Row> {
  key: string;
  header: string;
  /** What the column counts, when its name does not say it. */
  hint?: string;
  /** What is sorted and written to CSV. */
  value: (row: Row) => CellValue;
  /** What is shown; the value when absent. */
  cell?: (row: Row) => ReactNode;
  align?: "right";
  /** In pixels. */
  width?: number;
  /** Share of the space that is left over; 0 keeps the width. */
  grow?: number;
  sortable?: boolean;
}

export interface Sort {
  key: string;
  descending: boolean;
}

const COLUMN_WIDTH = 120;

export function compareValues(left: CellValue, right: CellValue): number {
  if (typeof left === "number" && typeof right === "number") {
    return left - right;
  }
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}

function isMissing(value: CellValue): boolean {
  return value === null || value === undefined || Number.isNaN(value);
}

/** Stable; rows without a value come last in both directions. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): readonly Row[] {
  const column = columns.find((it) => it.key === sort?.key);
  if (sort === undefined || column === undefined) {
    return rows;
  }
  const direction = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (isMissing(left) || isMissing(right)) {
      return Number(isMissing(left)) - Number(isMissing(right));
    }
    return direction * compareValues(left, right);
  });
}

export function gridTemplate<Row>(columns: readonly Column<Row>[]): string {
  return columns
    .map(({ width = COLUMN_WIDTH, grow = 0 }) =>
      grow === 0 ? `${width}px` : `minmax(${width}px, ${grow}fr)`,
    )
    .join(" ");
}

export function columnWidths<Row>(columns: readonly Column<Row>[]): number[] {
  return columns.map(({ width = COLUMN_WIDTH }) => width);
}

export function minimumWidth<Row>(columns: readonly Column<Row>[]): number {
  return columnWidths(columns).reduce((sum, width) => sum + width, 0);
}
