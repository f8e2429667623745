/** Documents of kind `saved-view` that belong to the logs lens: a title, and a place in it. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

const KIND = "saved-view";
const LENS = "logs";
const ID_BYTES = 6;
/** What is open beside the list is no part of a view. */
const NOT_KEPT = ["record", "tab", "tail"];

export interface LogView {
  id: string;
  revision: number;
  author: string;
  timeMs: number;
  title: string;
  path: string;
}

/** Undefined for a place outside this lens: the document may come from anybody who edits. */
export function readLogView(document: Schemas["Document"]): LogView | undefined {
  const { lens, title, path } = document.body;
  if (lens !== LENS || typeof path !== "string" || !/^\/logs(?:[/?]|$)/.test(path)) {
    return undefined;
  }
  return {
    id: document.id,
    revision: document.revision,
    author: document.author,
    timeMs: document.time_ms,
    title: typeof title === "string" ? title : document.id,
    path,
  };
}

export function viewPath(pathname: string, search: string): string {
  const parameters = new URLSearchParams(search);
  for (const name of NOT_KEPT) {
    parameters.delete(name);
  }
  const text = parameters.toString();
  return text === "" ? pathname : `${pathname}?${text}`;
}

export const logViewsQuery = queryOptions({
  queryKey: ["documents", KIND, LENS],
  queryFn: async ({ signal }) => {
    const query = { kind: KIND, deleted: false };
    const documents = await answer(api.GET("/api/v1/documents", { params: { query }, signal }));
    return documents
      .map(readLogView)
      .filter((it) => it !== undefined)
      .sort((a, b) => a.title.localeCompare(b.title));
  },
});

export async function saveLogView(title: string, path: string): Promise<void> {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  const id = `view-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  await answer(
    api.PUT("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: KIND, id } },
      body: { body: { title: title.trim(), lens: LENS, path }, expected_revision: 0 },
    }),
  );
}

export async function deleteLogView({ id, revision }: LogView): Promise<void> {
  await answer(
    api.DELETE("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: KIND, id }, query: { expected_revision: revision } },
    }),
  );
}
