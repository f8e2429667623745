/** What is asked about documents, and who may change which kind. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { roleAllows } from "@/api/session";

export const kindsQuery = queryOptions({
  queryKey: ["document-kinds"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/document-kinds", { signal })),
  staleTime: 300_000,
});

export function documentsQuery(deleted: boolean) {
  return queryOptions({
    queryKey: ["documents", "", deleted],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/documents", { params: { query: { deleted } }, signal })),
  });
}

export function documentQuery(kind: string, id: string) {
  return queryOptions({
    queryKey: ["document", kind, id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/documents/{kind}/{id}", { params: { path: { kind, id } }, signal })),
  });
}

export function revisionsQuery(kind: string, id: string) {
  return queryOptions({
    queryKey: ["document", kind, id, "revisions"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/documents/{kind}/{id}/revisions", {
          params: { path: { kind, id } },
          signal,
        }),
      ),
  });
}

/** After a change: lists, histories and the document itself are asked again. */
export async function documentChanged(): Promise<void> {
  const prefixes = ["documents", "document", "display-settings"];
  await queryClient.invalidateQueries({
    predicate: (query) => prefixes.includes(String(query.queryKey[0])),
  });
}

export function mayEdit(
  user: Schemas["SessionUser"] | undefined,
  kind: Schemas["DocumentKind"] | undefined,
  id: string,
): boolean {
  const isOwnSettings = kind?.kind === "display-settings" && id === user?.id.toLowerCase();
  return isOwnSettings || (kind !== undefined && roleAllows(user?.role, kind.edit_role));
}
