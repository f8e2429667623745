/**
 * Changes to the text of a search: add, exclude and remove the value of a field. Everything that
 * a person wrote otherwise stays as it is.
 */

/** Words that join terms, and so are no values unless quoted. */
const JOINERS = new Set(["AND", "OR", "NOT"]);
const PLAIN_VALUE = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

interface Parts {
  /** Terms that are not inside parentheses, with `AND` and `OR` among them. */
  terms: string[];
  /** From the first pipe on; empty without one. */
  stages: string;
}

/** The value of a field; null is its absence. */
export type FieldValue = string | null;

export interface FieldFilter {
  included: FieldValue[];
  excluded: FieldValue[];
}

/** Splits at spaces and pipes that are in no quotes and no parentheses. */
function split(query: string): Parts {
  const terms: string[] = [];
  let [term, depth, isQuoted] = ["", 0, false];
  for (let at = 0; at < query.length; at += 1) {
    const character = query.charAt(at);
    if (character === "\\" && at + 1 < query.length) {
      term += character + query.charAt(at + 1);
      at += 1;
      continue;
    }
    if (character === '"') {
      isQuoted = !isQuoted;
    }
    const isOutside = !isQuoted && depth === 0;
    if (isOutside && character === "|") {
      return { terms: withTerm(terms, term), stages: query.slice(at) };
    }
    if (isOutside && /\s/.test(character)) {
      withTerm(terms, term);
      term = "";
      continue;
    }
    depth += isQuoted ? 0 : ({ "(": 1, "[": 1, ")": -1, "]": -1 }[character] ?? 0);
    depth = Math.max(0, depth);
    term += character;
  }
  return { terms: withTerm(terms, term), stages: "" };
}

function withTerm(terms: string[], term: string): string[] {
  if (term !== "") {
    terms.push(term);
  }
  return terms;
}

function join({ terms, stages }: Parts): string {
  return [terms.join(" "), stages].filter((it) => it !== "").join(" ");
}

/** The part before the first pipe. */
export function filterOf(query: string): string {
  return split(query).terms.join(" ");
}

export function hasStages(query: string): boolean {
  return split(query).stages !== "";
}

export function quotedValue(value: string): string {
  return PLAIN_VALUE.test(value) && !JOINERS.has(value)
    ? value
    : `"${value.replaceAll(/["\\]/g, (it) => `\\${it}`)}"`;
}

export function fieldTerm(
  field: string,
  values: readonly FieldValue[],
  isExcluded = false,
): string {
  const named = values.filter((it) => it !== null);
  if (named.length !== values.length) {
    return named.length === 0
      ? `${isExcluded ? "" : "-"}${field}:*`
      : `(-${field}:* OR ${fieldTerm(field, named)})`;
  }
  const all = named.map(quotedValue);
  const text = all.length === 1 ? (all[0] ?? "") : `(${all.join(" OR ")})`;
  return `${isExcluded ? "-" : ""}${field}:${text}`;
}

function unquoted(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1")
    : text;
}

interface Read extends FieldFilter {
  places: number[];
}

/** Which terms are about `field` and can be changed here. */
function read(terms: readonly string[], field: string): Read {
  const found: Read = { included: [], excluded: [], places: [] };
  terms.forEach((term, at) => {
    const isExcluded = term.startsWith("-");
    const body = isExcluded ? term.slice(1) : term;
    const values = body.startsWith(`${field}:`) ? valuesOf(body.slice(field.length + 1)) : null;
    if (values === null) {
      return;
    }
    const isAny = values.length === 1 && values[0] === "*";
    // To exclude what has any value is to ask for what has none.
    const target = isAny === isExcluded ? found.included : found.excluded;
    target.push(...(isAny ? [null] : values));
    found.places.push(at);
  });
  return found;
}

/** `a`, `"a b"` or `(a OR b)`; null for ranges, comparisons, patterns and anything else. */
function valuesOf(text: string): string[] | null {
  if (text.startsWith("(") && text.endsWith(")")) {
    const inner = split(text.slice(1, -1)).terms;
    const isList = inner.every((term, at) => (at % 2 === 0 ? isValue(term) : term === "OR"));
    return isList && inner.length % 2 === 1
      ? inner.filter((_, at) => at % 2 === 0).map(unquoted)
      : null;
  }
  return isValue(text) || text === "*" ? [unquoted(text)] : null;
}

function isValue(text: string): boolean {
  return /^"(?:[^"\\]|\\.)*"$/.test(text) || (text !== "" && !/[*?<>[\]()":]/.test(text));
}

function isJoined(terms: readonly string[]): boolean {
  return terms.some((term) => JOINERS.has(term));
}

export function fieldFilter(query: string, field: string): FieldFilter {
  const { terms } = split(query);
  if (isJoined(terms)) {
    return { included: [], excluded: [] };
  }
  const { included, excluded } = read(terms, field);
  return { included, excluded };
}

/** The search without what it asks of `field`; undefined when it asks nothing that can be removed. */
export function withoutField(query: string, field: string): string | undefined {
  const parts = split(query);
  const { places } = read(parts.terms, field);
  if (places.length === 0 || isJoined(parts.terms)) {
    return undefined;
  }
  return join({ ...parts, terms: parts.terms.filter((_, at) => !places.includes(at)) });
}

function rewrite(query: string, field: string, change: (filter: FieldFilter) => FieldFilter) {
  const parts = split(query);
  // What is joined by OR stays together; the new term holds for all of it.
  const terms = isJoined(parts.terms) ? [`(${parts.terms.join(" ")})`] : parts.terms;
  const { included, excluded, places } = read(terms, field);
  const next = change({ included, excluded });
  const added = [
    ...(next.included.length === 0 ? [] : [fieldTerm(field, next.included)]),
    ...next.excluded.map((value) => fieldTerm(field, [value], true)),
  ];
  const [first = terms.length] = places;
  const before = terms.slice(0, first);
  const after = terms.slice(first).filter((_, at) => !places.includes(first + at));
  return join({ ...parts, terms: [...before, ...added, ...after] });
}

/** Asks for the value, beside others of the field that are asked for; a second time takes it back. */
export function toggleValue(query: string, field: string, value: FieldValue): string {
  return rewrite(query, field, ({ included, excluded }) => ({
    included: included.includes(value)
      ? included.filter((it) => it !== value)
      : [...included, value],
    excluded: excluded.filter((it) => it !== value),
  }));
}

/** Asks for this value of the field only. */
export function onlyValue(query: string, field: string, value: FieldValue): string {
  return rewrite(query, field, () => ({ included: [value], excluded: [] }));
}

export function excludeValue(query: string, field: string, value: FieldValue): string {
  return rewrite(query, field, ({ included, excluded }) => ({
    included: included.filter((it) => it !== value),
    excluded: excluded.includes(value) ? excluded : [...excluded, value],
  }));
}

/** Asks for `filter`, and nothing else about `field`; what else is asked for stays. */
export function withFilter(query: string, field: string, filter: string): string {
  const parts = split(query);
  const terms = isJoined(parts.terms) ? [`(${parts.terms.join(" ")})`] : parts.terms;
  const { places } = read(terms, field);
  const kept = terms.filter((_, at) => !places.includes(at));
  return join({ ...parts, terms: [...kept, filter] });
}
