import { expect, test } from "vitest";
import { toCsv } from "./csv";
import { type Column, gridTemplate, sortRows } from "./data-table-model";

interface Row {
  name: string;
  count: number | null;
}
const columns: Column<Row>[] = [
  { key: "name", header: "Name", value: (row) => row.name, grow: 2 },
  { key: "count", header: "Count", value: (row) => row.count, width: 80 },
];
const rows: Row[] = [
  { name: "b10", count: 2 },
  { name: "b9", count: null },
  { name: "a", count: 10 },
];
const names = (sorted: readonly Row[]) => sorted.map((row) => row.name);

test("numbers are sorted as numbers, and what has no value comes last both ways", () => {
  expect(names(sortRows(rows, columns, { key: "count", descending: false }))).toEqual([
    "b10",
    "a",
    "b9",
  ]);
  expect(names(sortRows(rows, columns, { key: "count", descending: true }))).toEqual([
    "a",
    "b10",
    "b9",
  ]);
});

test("numbers in text are sorted as people expect", () => {
  expect(names(sortRows(rows, columns, { key: "name", descending: false }))).toEqual([
    "a",
    "b9",
    "b10",
  ]);
});

test("a column that does not exist leaves the order", () => {
  expect(sortRows(rows, columns, { key: "gone", descending: true })).toBe(rows);
});

test("columns grow by their share", () => {
  expect(gridTemplate(columns)).toBe("minmax(120px, 2fr) 80px");
});

test("csv quotes what has to be quoted and runs no formula", () => {
  expect(toCsv(["a", "b"], [['x "y"', "1,5"]])).toBe('a,b\r\n"x ""y""","1,5"\r\n');
  expect(toCsv(["a"], [["=1+1"], [-5], ["-5"], [null]])).toBe("a\r\n'=1+1\r\n-5\r\n-5\r\n\r\n");
});
