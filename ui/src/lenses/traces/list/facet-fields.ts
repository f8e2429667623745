/** Which facets there are, and with which search each is counted. */
import { withoutField } from "@/common/search-bar/query-edits";

/** Names of the search language; the texts of those with a key name them for people. */
export const USUAL_FACETS = [
  { field: "service", key: "service" },
  { field: "operation_name", key: "operation" },
  { field: "status", key: "status" },
  { field: "kind", key: "kind" },
  { field: "env", key: "env" },
  { field: "version", key: "version" },
  { field: "host", key: "host" },
  { field: "@http.response.status_code", key: "http_status" },
  { field: "@error.type", key: "error_type" },
  { field: "@server.address", key: "peer" },
] as const;

const FACETS_MAX = 20;

export function facetFields(added: readonly string[] | undefined): string[] {
  const usual = USUAL_FACETS.map(({ field }) => field);
  return [...new Set<string>([...usual, ...(added ?? [])])].slice(0, FACETS_MAX);
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
