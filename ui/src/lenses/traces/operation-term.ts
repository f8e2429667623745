/**
 * A search for the spans of an operation. An operation is called by method and route, or by the
 * name of its spans, where `{id}` stands for any number or id.
 */
import { fieldTerm } from "@/common/search-bar/query-edits";

const ID = "{id}";
const CUT = "…";
const REQUEST = /^([A-Z]{3,10}) (\/.*)$/s;

/** `field:text`, with a wildcard wherever the text leaves something open. */
function openTerm(field: string, text: string): string {
  const isCut = text.endsWith(CUT);
  const kept = isCut ? text.slice(0, -CUT.length) : text;
  if (!isCut && !kept.includes(ID)) {
    return fieldTerm(field, [text]);
  }
  const parts = kept.split(ID).map((it) => it.replaceAll(/[^\p{L}\p{N}_./-]/gu, "\\$&"));
  return `${field}:${parts.join("*")}${isCut ? "*" : ""}`;
}

export function operationTerm(operation: string, kind: string | null | undefined): string {
  const byName = openTerm("name", operation);
  const [, method, path] = REQUEST.exec(operation) ?? [];
  if (method === undefined || path === undefined || kind !== "server") {
    return byName;
  }
  // Some instrumentations call the span by its method only; its attributes say the rest.
  const byRoute = openTerm("@http.route", path);
  const byPath = openTerm("@url.path", path);
  return `(${byName} OR (@http.request.method:${method} (${byRoute} OR ${byPath})))`;
}
