/** Finds a trace id in pasted text: bare, in a `traceparent` header, or with dashes. */
export function traceIdIn(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(trimmed)?.[1];
  const id = parent ?? trimmed.replaceAll("-", "");
  return /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}
