/** Finds documents in the list. */
import type { Schemas } from "@/api/client";

type Document = Schemas["Document"];

export function titleOf({ body, id }: Document): string {
  const title = body["title"];
  return typeof title === "string" && title !== "" ? title : id;
}

/** Every word of `filter` has to be in the kind, id, title, author or source. */
export function filterDocuments(
  documents: readonly Document[],
  kind: string | undefined,
  filter: string | undefined,
): Document[] {
  const words = (filter ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return documents.filter((it) => {
    if (kind !== undefined && it.kind !== kind) {
      return false;
    }
    const text = [it.kind, it.id, titleOf(it), it.author, it.source].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
