/** Which facets there are, and with which search each is counted. */
import { withoutField } from "@/common/search-bar/query-edits";

/** As many as the server counts for one question. */
const FACETS_MAX = 20;

export function facetFields(
  usual: readonly string[],
  added: readonly string[] | undefined,
): string[] {
  return [...new Set([...usual, ...(added ?? [])])].slice(0, FACETS_MAX);
}

export interface FacetQuestion {
  query: string;
  fields: string[];
}

/**
 * The values of a field are counted without what the search asks of that field: otherwise only
 * the chosen values would be left to choose from.
 */
export function facetQuestions(query: string, fields: readonly string[]): FacetQuestion[] {
  const questions = new Map<string, string[]>();
  for (const field of fields) {
    const asked = withoutField(query, field) ?? query;
    questions.set(asked, [...(questions.get(asked) ?? []), field]);
  }
  return [...questions].map(([asked, names]) => ({ query: asked, fields: names }));
}
