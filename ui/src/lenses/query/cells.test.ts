import { describe, expect, it } from "vitest";
import { bindFormats } from "@/design/use-format";
import { ABSENT, columnWidth, prettyJson, showCell } from "./cells";
import type { ResultColumn } from "./chart-choice";

const format = bindFormats({ language: "ko", timeZone: "Asia/Seoul", currency: "KRW" });
const show = (value: unknown, type: ResultColumn["type"], name = "x") =>
  showCell(value, { name, type }, format);

describe("cells", () => {
  it("show an absent value in a style of its own, unlike empty text", () => {
    expect(show(null, "int64")).toEqual({ kind: "absent", text: ABSENT });
    expect(show("", "text")).toEqual({ kind: "text", text: "" });
  });

  it("group the digits of numbers", () => {
    expect(show(1234567, "int64").text).toBe("1,234,567");
    expect(show(-1234.5678, "float64").text).toBe("-1,234.5678");
    expect(show(0.00000012345, "float64").text).toBe("1.23e-7");
    expect(show(0, "float64").text).toBe("0");
  });

  it("keep every digit of integers beyond 2^53", () => {
    expect(show("9223372036854775807", "int64")).toEqual({
      kind: "number",
      text: "9,223,372,036,854,775,807",
    });
  });

  it("show times in the chosen zone, and keep the nanoseconds in UTC", () => {
    expect(show("2026-11-21T05:00:00.123456789Z", "timestamp")).toEqual({
      kind: "time",
      text: "2026-11-21 14:00:00.123",
      exact: "2026-11-21T05:00:00.123456789Z (UTC)",
    });
    expect(show("no time", "timestamp").text).toBe("no time");
  });

  it("link only what is a trace id", () => {
    expect(show("a".repeat(32), "text", "trace_id").kind).toBe("trace");
    expect(show("javascript:alert(1)", "text", "trace_id").kind).toBe("text");
    expect(show("a".repeat(32), "text", "span_id").kind).toBe("text");
  });

  it("write booleans and JSON as text", () => {
    expect(show(false, "bool").text).toBe("false");
    expect(show({ a: 1 }, "json")).toEqual({ kind: "json", text: '{"a":1}' });
  });
});

describe("JSON", () => {
  it("is indented", () => {
    expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  });

  it("stays as it is when it is broken or would lose digits", () => {
    expect(prettyJson("{broken")).toBe("{broken");
    expect(prettyJson('{"id":9223372036854775807}')).toBe('{"id":9223372036854775807}');
  });
});

it("columns are as wide as their values, within limits", () => {
  const column: ResultColumn = { name: "n", type: "text" };
  expect(columnWidth(column, 0, [["a"]], format)).toBe(80);
  expect(columnWidth(column, 0, [["a".repeat(500)]], format)).toBe(420);
});
