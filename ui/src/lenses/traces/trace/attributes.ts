/** Attributes as rows to look through, and as text to read, copy and query. */

export interface AttributeRow {
  key: string;
  /** As it is shown and copied. */
  text: string;
  /** As SQL sees it; undefined for lists and objects, which are not asked for by equality. */
  queryText: string | undefined;
}

export function attributeText(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}

export function attributeRows(attributes: Record<string, unknown>, filter = ""): AttributeRow[] {
  const wanted = filter.trim().toLowerCase();
  return Object.entries(attributes)
    .map(([key, value]) => {
      const isPlain = ["string", "number", "boolean"].includes(typeof value);
      return { key, text: attributeText(value), queryText: isPlain ? String(value) : undefined };
    })
    .filter(({ key, text }) => `${key} ${text}`.toLowerCase().includes(wanted))
    .sort((a, b) => a.key.localeCompare(b.key));
}

export interface ExceptionParts {
  type: string;
  message: string;
  stack: string;
}

/** What an `exception` event says; undefined for other events. */
export function exceptionParts(
  name: string,
  attributes: Record<string, unknown>,
): ExceptionParts | undefined {
  const type = attributeText(attributes["exception.type"]);
  const message = attributeText(attributes["exception.message"]);
  const stack = attributeText(attributes["exception.stacktrace"]);
  return name === "exception" || type !== "" || stack !== "" ? { type, message, stack } : undefined;
}

const EXCEPTION_KEYS = ["exception.type", "exception.message", "exception.stacktrace"];

export function withoutException(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => !EXCEPTION_KEYS.includes(key)),
  );
}
