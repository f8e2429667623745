import { expect, test } from "vitest";
import { verdictOf } from "./verdict";

const order = {
  name: "order",
  kind: "service",
  schema_version: "v3",
  document_id: "order",
  definition: {},
};
const fault = { line: 3, path: null, message: "unknown field" };

test("one definition of this service without a fault can be saved", () => {
  expect(verdictOf({ services: [order], problems: [] }, "order")).toEqual({ checked: order });
});

test("anything else is not saved under the name of the page", () => {
  expect(verdictOf({ services: [order], problems: [fault] }, "order")).toEqual({
    problem: "faults",
  });
  expect(verdictOf({ services: [], problems: [] }, "order")).toEqual({ problem: "nothing" });
  expect(verdictOf({ services: [order, order], problems: [] }, "order")).toEqual({
    problem: "several",
  });
  expect(verdictOf({ services: [order], problems: [] }, "Order")).toEqual({
    problem: "other_name",
    name: "order",
  });
});
