/**
 * Filters in the URL, one parameter for each value: `service_name=AmazonEC2`, `service_name!=…` to
 * leave it out, and `tag:team` or `tag:team!` for what has no value. In names of dimensions `%`,
 * `=` and `!` are percent-encoded.
 */
import type { ExploreFilter } from "../cost-types";

const ESCAPES: readonly (readonly [string, string])[] = [
  ["%", "%25"],
  ["=", "%3D"],
  ["!", "%21"],
];

function escapeName(name: string): string {
  return ESCAPES.reduce((text, [sign, code]) => text.replaceAll(sign, code), name);
}

function unescapeName(name: string): string {
  return [...ESCAPES].reverse().reduce((text, [sign, code]) => text.replaceAll(code, sign), name);
}

export interface FilterTerm {
  dimension: string;
  value: string | null;
  exclude: boolean;
}

export function termText({ dimension, value, exclude }: FilterTerm): string {
  return `${escapeName(dimension)}${exclude ? "!" : ""}${value === null ? "" : `=${value}`}`;
}

export function readTerm(text: string): FilterTerm | undefined {
  const end = text.indexOf("=");
  const head = end < 0 ? text : text.slice(0, end);
  const exclude = head.endsWith("!");
  const dimension = unescapeName(exclude ? head.slice(0, -1) : head);
  return dimension === ""
    ? undefined
    : { dimension, value: end < 0 ? null : text.slice(end + 1), exclude };
}

/** As the API wants them: the values of one dimension together. */
export function readFilters(texts: readonly string[] = []): ExploreFilter[] {
  const filters = new Map<string, ExploreFilter>();
  for (const text of texts) {
    const term = readTerm(text);
    if (term !== undefined) {
      const key = `${term.exclude} ${term.dimension}`;
      const filter = filters.get(key) ?? {
        dimension: term.dimension,
        values: [],
        exclude: term.exclude,
      };
      filter.values.push(term.value);
      filters.set(key, filter);
    }
  }
  return [...filters.values()];
}

/** The parameter with these values of a dimension, instead of what was chosen of it before. */
export function withFilter(texts: readonly string[] = [], filter: ExploreFilter): string[] {
  const { dimension, exclude } = filter;
  const others = texts.filter((it) => readTerm(it)?.dimension !== dimension);
  return [...others, ...filter.values.map((value) => termText({ dimension, value, exclude }))];
}

export function withoutFilter(texts: readonly string[] = [], filter: ExploreFilter): string[] {
  return texts.filter((it) => {
    const term = readTerm(it);
    return term?.dimension !== filter.dimension || term.exclude !== filter.exclude;
  });
}
