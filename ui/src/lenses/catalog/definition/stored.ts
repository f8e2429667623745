/** The definition that an answer of the catalog carries. */
import type { CatalogEntry } from "../catalog-api";
import type { Stored } from "./definition-draft";

export function storedOf({
  service,
  definition_yaml: text,
}: Pick<CatalogEntry, "service" | "definition_yaml">): Stored {
  const revision = service.document_revision;
  return revision === null || text === null ? { revision: 0, text: "" } : { revision, text };
}
