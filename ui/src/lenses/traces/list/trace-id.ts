/** A trace id as people paste it. */

const HEX_DIGITS = 32;

/** 32 lower-case hexadecimal digits from a pasted id, `traceparent` or UUID; undefined when it is none. */
export function readTraceId(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(trimmed);
  const digits = parent?.[1] ?? trimmed.replace(/^0x/, "").replaceAll("-", "");
  const isId = digits.length === HEX_DIGITS && /^[0-9a-f]+$/.test(digits) && !/^0+$/.test(digits);
  return isId ? digits : undefined;
}
