/** Writing documents: what people decide, each change against the revision that was seen. */
import { answer, api, type Schemas } from "./client";

type Document = Schemas["Document"];

export async function putDocument(
  kind: string,
  id: string,
  body: Record<string, unknown>,
  expectedRevision: number,
): Promise<Document> {
  return answer(
    api.PUT("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind, id } },
      body: { body, expected_revision: expectedRevision },
    }) as Promise<{ data?: Document; error?: unknown; response: Response }>,
  );
}

export async function deleteDocument({ kind, id, revision }: Document): Promise<void> {
  await answer(
    api.DELETE("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind, id }, query: { expected_revision: revision } },
    }),
  );
}
