/** Searches to start from; the texts explain them. */
export const EXAMPLE_SEARCHES = [
  { key: "errors", query: "status:(error OR fatal)" },
  { key: "phrase", query: '"timed out"' },
  { key: "service", query: "service:order -status:debug" },
  { key: "attribute", query: "@http.response.status_code:>=500" },
  { key: "trace", query: "trace_id:*" },
  { key: "stats", query: "status:error | stats count() by service" },
] as const;
