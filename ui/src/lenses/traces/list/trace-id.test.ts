import { expect, it } from "vitest";
import { readTraceId } from "./trace-id";

const ID = "5b8efff798038103d269b633813fc60c";

it.each([
  ["plain", ID],
  ["upper case with spaces", ` ${ID.toUpperCase()} `],
  ["a UUID", "5b8efff7-9803-8103-d269-b633813fc60c"],
  ["a traceparent", `00-${ID}-b7ad6b7169203331-01`],
])("reads a trace id from %s", (_name, text) => {
  expect(readTraceId(text)).toBe(ID);
});

it.each(["", "5b8e", `${ID}0`, "z".repeat(32), "0".repeat(32), "<script>"])(
  "refuses %j",
  (text) => {
    expect(readTraceId(text)).toBeUndefined();
  },
);
