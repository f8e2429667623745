import { describe, expect, it } from "vitest";
import { errorOffset, fillPlaceholders, lineAndColumn } from "./placeholders";

const VALUES = {
  fromMs: Date.UTC(2026, 10, 21, 5),
  toMs: Date.UTC(2026, 10, 21, 6),
  environment: "prod",
};
const fill = (sql: string, environment: string | undefined = "prod") =>
  fillPlaceholders(sql, { ...VALUES, environment }).text;

describe("placeholders", () => {
  it("become literals", () => {
    expect(fill("time >= $from and time < $to and e = $environment")).toBe(
      "time >= TIMESTAMP '2026-11-21T05:00:00.000Z' and time < TIMESTAMP '2026-11-21T06:00:00.000Z' and e = 'prod'",
    );
  });

  it("quote the environment", () => {
    expect(fill("$environment", "o'brien")).toBe("'o''brien'");
  });

  it("give NULL for all environments", () => {
    const sent = fillPlaceholders("$environment is null", { ...VALUES, environment: undefined });
    expect(sent.text).toBe("NULL is null");
  });

  it.each([
    "'$from'",
    "'it''s $from'",
    '"$from"',
    "-- $from",
    "/* $from */",
    "$$ $from $$",
    "$tag$ $from $tag$",
    "'not closed $from",
    "$fromage",
    "a$from",
    "$1",
  ])("leave %j as it is", (sql) => {
    const sent = fillPlaceholders(sql, VALUES);
    expect(sent.text).toBe(sql);
    expect(sent.used.size).toBe(0);
  });

  it("are replaced again after a comment", () => {
    expect(fill("-- $to\n$environment")).toBe("-- $to\n'prod'");
  });

  it("tell which were used", () => {
    expect([...fillPlaceholders("$from $from $to", VALUES).used]).toEqual(["from", "to"]);
  });
});

describe("the place of an error", () => {
  it("is read from the message", () => {
    const message = 'ParserError("Expected: an expression at Line: 2, Column: 3")';
    expect(errorOffset(message, "select\n  x")).toBe(9);
    expect(errorOffset("no place", "select")).toBeUndefined();
    expect(errorOffset("Line: 9, Column: 1", "select")).toBeUndefined();
  });

  it("is found in the SQL as it was written", () => {
    const written = "where a >= $from and oops";
    const sent = fillPlaceholders(written, VALUES);
    expect(sent.toWritten(sent.text.indexOf("oops"))).toBe(written.indexOf("oops"));
    expect(sent.toWritten(sent.text.indexOf("2026"))).toBe(written.indexOf("$from"));
    expect(sent.toWritten(3)).toBe(3);
  });

  it("is told as line and column", () => {
    expect(lineAndColumn("select\n  x", 9)).toEqual({ line: 2, column: 3 });
  });
});
