import { expect, it } from "vitest";
import { completionItems, namedTables } from "./completion";

const SCHEMA = {
  tables: ["spans", "logs"].map((name) => ({
    name,
    description: "",
    columns: [{ name: `${name}_time`, type: "timestamp", description: "" }],
  })),
  functions: [{ name: "percentile", signature: "percentile(x, 0.95)", description: "" }],
};

it("finds the tables after from and join", () => {
  expect([...namedTables('select 1 FROM Spans s join "logs" on true')]).toEqual(["spans", "logs"]);
});

it("completes the columns of the tables that are named", () => {
  const labels = completionItems(SCHEMA, "select  from logs").map((it) => it.label);
  expect(labels).toEqual(["logs_time", "spans", "logs", "percentile"]);
});

it("completes all columns before a table is named", () => {
  const labels = completionItems(SCHEMA, "select ").map((it) => it.label);
  expect(labels).toContain("spans_time");
  expect(labels).toContain("logs_time");
});
