/** Examples of the language of conditions, messages and values, in the words of each language. */
import type { Language } from "./languages";

export const EXPRESSION_FIELDS = ["condition", "template", "metric_value"] as const;
export type ExpressionField = (typeof EXPRESSION_FIELDS)[number];

export interface ExpressionExample {
  /** A key under `expression.` in `probes.json`. */
  text: ExampleText;
  code: string;
}

export type ExampleText =
  | "compare"
  | "and_or"
  | "defined"
  | "empty"
  | "text"
  | "matches"
  | "any"
  | "index"
  | "returned"
  | "duration"
  | "thrown"
  | "own"
  | "message"
  | "message_parts"
  | "message_return"
  | "number"
  | "length"
  | "count_of";

/** A field of the object that the method belongs to; Ruby and Go have no word for it. */
const OWN: Partial<Record<Language, string>> = {
  python: "self.retries > 2",
  nodejs: "this.retries > 2",
  java: "this.retries > 2",
  dotnet: "this.retries > 2",
  php: "this.retries > 2",
};

function conditions(language: Language, isMethod: boolean): ExpressionExample[] {
  const atExit: ExpressionExample[] = [
    { text: "returned", code: 'isDefined(@return) && @return.status == "refused"' },
    { text: "duration", code: "@duration > 500" },
    { text: "thrown", code: "isDefined(@exception)" },
  ];
  const own = OWN[language];
  return [
    { text: "compare", code: "order.total >= 1000000" },
    { text: "and_or", code: 'order.state == "paid" && !(order.retries < 3)' },
    { text: "text", code: 'startsWith(order.vin, "KMH") || contains(order.note, "urgent")' },
    { text: "matches", code: 'matches(order.no, "^50[0-9]{2}$")' },
    { text: "empty", code: "isEmpty(order.items)" },
    { text: "any", code: "any(order.items, @it.price > 100)" },
    { text: "index", code: 'headers["x-tenant"] == "seoul" && items[0] != null' },
    { text: "defined", code: "isDefined(coupon)" },
    ...(isMethod ? atExit : []),
    ...(own === undefined ? [] : [{ text: "own" as const, code: own }]),
  ];
}

function templates(isMethod: boolean): ExpressionExample[] {
  return [
    { text: "message", code: "order {order.no} of {customer.name}" },
    { text: "message_parts", code: "{len(order.items)} items, first {order.items[0]}" },
    ...(isMethod
      ? [{ text: "message_return" as const, code: "took {@duration} ms, gave {@return}" }]
      : []),
  ];
}

function values(isMethod: boolean): ExpressionExample[] {
  return [
    { text: "number", code: "order.total" },
    { text: "length", code: "len(order.items)" },
    { text: "count_of", code: "len(filter(order.items, @it.price > 100))" },
    ...(isMethod ? [{ text: "duration" as const, code: "@duration" }] : []),
  ];
}

/** `isAtExit`: the probe is evaluated when a method returns, so that its result is known. */
export function examplesOf(
  field: ExpressionField,
  language: Language | "",
  isAtExit: boolean,
): ExpressionExample[] {
  switch (field) {
    case "condition":
      return conditions(language === "" ? "python" : language, isAtExit);
    case "template":
      return templates(isAtExit);
    case "metric_value":
      return values(isAtExit);
  }
}

export interface MarkedText {
  before: string;
  wrong: string;
  after: string;
}

const AROUND = 40;

/** The text around the character at which it is wrong; at its end, what is wrong is what is missing. */
export function markedText(text: string, position: number): MarkedText {
  const characters = [...text];
  const at = Math.max(0, Math.min(position, characters.length));
  const start = Math.max(0, at - AROUND);
  const end = Math.min(characters.length, at + 1 + AROUND);
  return {
    before: (start > 0 ? "…" : "") + characters.slice(start, at).join(""),
    wrong: characters[at] ?? "",
    after: characters.slice(at + 1, end).join("") + (end < characters.length ? "…" : ""),
  };
}
