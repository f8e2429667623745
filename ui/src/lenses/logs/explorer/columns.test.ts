import { expect, test } from "vitest";
import {
  addColumn,
  askedColumns,
  columnsParameter,
  DEFAULT_COLUMNS,
  moveColumn,
  readColumns,
  removeColumn,
} from "./columns";

test("the URL names only what differs from the usual columns", () => {
  expect(readColumns(undefined)).toEqual(DEFAULT_COLUMNS);
  expect(columnsParameter(["service", "message"])).toBeUndefined();
  expect(columnsParameter(["message", "service"])).toEqual(["message", "service"]);
  expect(readColumns(["@a", "@a", "message"])).toEqual(["@a", "message"]);
  expect(readColumns(Array.from({ length: 50 }, (_, at) => `@${at}`))).toHaveLength(12);
});

test("a new column stands before the message, once", () => {
  expect(addColumn(["service", "message"], "@http.route")).toEqual([
    "service",
    "@http.route",
    "message",
  ]);
  expect(addColumn(["service"], "service")).toEqual(["service"]);
  expect(addColumn(["@a"], "@b")).toEqual(["@a", "@b"]);
});

test("columns are moved by one place and stay in the list", () => {
  expect(moveColumn(["a", "b", "c"], "b", -1)).toEqual(["b", "a", "c"]);
  expect(moveColumn(["a", "b", "c"], "b", 1)).toEqual(["a", "c", "b"]);
  expect(moveColumn(["a", "b"], "a", -1)).toEqual(["a", "b"]);
  expect(removeColumn(["a", "b"], "a")).toEqual(["b"]);
});

test("only what a row does not carry is asked for", () => {
  expect(askedColumns(["service", "@a", "message", "container_name"])).toEqual([
    "@a",
    "container_name",
  ]);
});
