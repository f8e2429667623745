/** What can be completed in SQL: tables, the columns of the tables that are named, functions. */
import type { Schemas } from "@/api/client";

export interface CompletionItem {
  label: string;
  kind: "table" | "column" | "function" | "placeholder";
  detail: string;
  info: string;
}

/** Names after `from` and `join`, in lower case. */
export function namedTables(sql: string): Set<string> {
  const found = sql.matchAll(/\b(?:from|join)\s+"?([a-z_][a-z0-9_]*)"?/gi);
  return new Set([...found].map((match) => (match[1] ?? "").toLowerCase()));
}

export function completionItems(schema: Schemas["SqlSchema"], sql: string): CompletionItem[] {
  const named = namedTables(sql);
  const known = schema.tables.filter((table) => named.has(table.name.toLowerCase()));
  const items = new Map<string, CompletionItem>();
  for (const table of known.length > 0 ? known : schema.tables) {
    for (const column of table.columns) {
      if (!items.has(column.name)) {
        const { name: label, type: detail, description: info } = column;
        items.set(label, { label, kind: "column", detail, info });
      }
    }
  }
  return [
    ...items.values(),
    ...schema.tables.map(
      (table): CompletionItem => ({
        label: table.name,
        kind: "table",
        detail: "",
        info: table.description,
      }),
    ),
    ...schema.functions.map(
      (it): CompletionItem => ({
        label: it.name,
        kind: "function",
        detail: it.signature.replace(it.name, ""),
        info: it.description,
      }),
    ),
  ];
}
