import { expect, test } from "vitest";
import type { ErrorReport } from "../errors-api";
import { reportGroups, reportTotal } from "./report-model";

const row = (service: string, error_type: string, before_last: number, last: number) => ({
  service,
  error_type,
  before_last,
  last,
  change: last - before_last,
  change_percent: before_last === 0 ? null : (100 * (last - before_last)) / before_last,
  is_new: before_last === 0,
  is_gone: last === 0,
});

const total = (service: string, before_last: number, last: number) => {
  const {
    error_type: _type,
    is_new: _new,
    is_gone: _gone,
    ...rest
  } = row(service, "", before_last, last);
  return rest;
};

const report: ErrorReport = {
  incomplete_before_ms: null,
  weeks: { before_last: { from_ms: 0, to_ms: 1 }, last: { from_ms: 1, to_ms: 2 } },
  truncated: false,
  time_zone: "Asia/Seoul",
  rows: [
    row("order", "Timeout", 10, 30),
    row("payment", "Declined", 40, 20),
    row("order", "NullPointer", 0, 5),
    row("order", "Gone", 8, 0),
  ],
  totals: [total("order", 18, 35), total("payment", 40, 20)],
};

const shape = (key: string, descending: boolean) =>
  reportGroups(report, { key, descending }).map((it) => [
    it.total.service,
    ...it.rows.map((class_) => class_.error_type),
  ]);

test("services and their classes are sorted by the same column", () => {
  expect(shape("last", true)).toEqual([
    ["order", "Timeout", "NullPointer", "Gone"],
    ["payment", "Declined"],
  ]);
  expect(shape("before_last", true)).toEqual([
    ["payment", "Declined"],
    ["order", "Timeout", "Gone", "NullPointer"],
  ]);
  expect(shape("name", false)).toEqual([
    ["order", "Gone", "NullPointer", "Timeout"],
    ["payment", "Declined"],
  ]);
});

test("a class without a percentage comes last in both directions", () => {
  expect(shape("change_percent", true)[0]).toEqual(["order", "Timeout", "Gone", "NullPointer"]);
  expect(shape("change_percent", false)[1]).toEqual(["order", "Gone", "Timeout", "NullPointer"]);
});

test("an unknown column sorts as the first one", () => {
  expect(shape("moon", true)).toEqual(shape("last", true));
});

test("all services together have a percentage of their own", () => {
  expect(reportTotal(report.totals)).toEqual({
    before_last: 58,
    last: 55,
    change: -3,
    change_percent: (100 * -3) / 58,
  });
  expect(reportTotal([]).change_percent).toBeNull();
});
