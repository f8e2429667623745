/** Documents that the logs lens writes: pipelines and the price. */
import { queryOptions } from "@tanstack/react-query";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { deleteDocument, putDocument } from "@/api/documents";
import { queryClient } from "@/api/queries";
import { currentOf } from "@/settings/documents/draft";

export const PIPELINE_KIND = "log-pipeline";
const PRICE_KIND = "log-price";
const PRICE_ID = "default";

type Document = Schemas["Document"];
type Body = Record<string, unknown>;

export { deleteDocument, putDocument };

export const pipelineDocumentsQuery = queryOptions({
  queryKey: ["documents", PIPELINE_KIND],
  queryFn: ({ signal }) => {
    const query = { kind: PIPELINE_KIND, deleted: false };
    return answer(api.GET("/api/v1/documents", { params: { query }, signal }));
  },
});

/** The document of the price; undefined before one is set. */
export const priceQuery = queryOptions({
  queryKey: ["document", PRICE_KIND, PRICE_ID],
  queryFn: async ({ signal }): Promise<Document | null> => {
    const query = { kind: PRICE_KIND, deleted: true };
    const all = await answer(api.GET("/api/v1/documents", { params: { query }, signal }));
    return all.find((it) => it.id === PRICE_ID) ?? null;
  },
});

export async function savePrice(perGb: number, currency: string): Promise<void> {
  const current = await queryClient.fetchQuery({ ...priceQuery, staleTime: 0 });
  const body = { per_gb: perGb, currency };
  await putDocument(PRICE_KIND, PRICE_ID, body, current?.revision ?? 0);
  await documentsChanged();
}

/** Lists, and what is computed from documents. */
export async function documentsChanged(): Promise<void> {
  const prefixes = ["documents", "document", "logs"];
  await queryClient.invalidateQueries({
    predicate: (query) => prefixes.includes(String(query.queryKey[0])),
  });
}

/** Makes a document that nobody has made yet; one that is there stays as it is. */
export async function ensureDocument(kind: string, id: string, body: Body): Promise<void> {
  try {
    await putDocument(kind, id, body, 0);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) {
      throw error;
    }
    const current = currentOf(error.body);
    if (current?.deleted === true) {
      await putDocument(kind, id, body, current.revision);
    }
  }
}
