/** Documents of kind `saved-view` that belong to the query lens. */
import { queryOptions } from "@tanstack/react-query";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import type { ChartKind, ChartSetting } from "./chart-choice";

const KIND = "saved-view";
const ID_BYTES = 6;

export interface SavedView {
  id: string;
  revision: number;
  author: string;
  timeMs: number;
  title: string;
  description: string;
  sql: string;
  chart: ChartSetting | undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function readChart(value: unknown): ChartSetting | undefined {
  const raw = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const kind = (["table", "line", "bar"] as const).find((it: ChartKind) => it === raw["kind"]);
  if (kind === undefined) {
    return undefined;
  }
  const y = Array.isArray(raw["y"]) ? raw["y"].map(text).filter((it) => it !== "") : [];
  return {
    kind,
    x: text(raw["x"]) || undefined,
    y: y.length === 0 ? undefined : y,
    series: text(raw["series"]) || undefined,
  };
}

export function readView(document: Schemas["Document"]): SavedView {
  const { body } = document;
  return {
    id: document.id,
    revision: document.revision,
    author: document.author,
    timeMs: document.time_ms,
    title: text(body["title"]),
    description: text(body["description"]),
    sql: text(body["sql"]),
    chart: readChart(body["chart"]),
  };
}

export const viewsQuery = queryOptions({
  queryKey: ["documents", KIND],
  queryFn: async ({ signal }) => {
    const documents = await answer(
      api.GET("/api/v1/documents", { params: { query: { kind: KIND } }, signal }),
    );
    return documents
      .filter((it) => !it.deleted && it.body["lens"] === "query")
      .map(readView)
      .sort((a, b) => a.title.localeCompare(b.title));
  },
});

export function viewQuery(id: string | undefined) {
  return queryOptions({
    queryKey: ["documents", KIND, id],
    enabled: id !== undefined,
    queryFn: async ({ signal }) =>
      readView(
        await answer(
          api.GET("/api/v1/documents/{kind}/{id}", {
            params: { path: { kind: KIND, id: id ?? "" } },
            signal,
          }),
        ),
      ),
  });
}

export interface ViewContent {
  title: string;
  description: string;
  sql: string;
  chart: ChartSetting | undefined;
}

/** `id` in lower-case letters and digits that nobody else has. */
export function newViewId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return `view-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function viewBody(id: string, content: ViewContent): Record<string, unknown> {
  const { title, description, sql, chart } = content;
  const drawn = Object.fromEntries(
    Object.entries(chart ?? {}).filter(([, value]) => value !== undefined),
  );
  return {
    title: title.trim(),
    ...(description.trim() === "" ? {} : { description: description.trim() }),
    lens: "query",
    path: `/query/${id}`,
    sql,
    ...(chart === undefined ? {} : { chart: drawn }),
  };
}

/** Somebody else saved the view in the meantime. */
export class ViewConflict extends Error {
  constructor(readonly theirs: SavedView) {
    super("changed by somebody else");
  }
}

function conflictIn(error: unknown): ViewConflict | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) {
    return undefined;
  }
  const current = (error.body as { current?: Schemas["Document"] | null } | undefined)?.current;
  return current === undefined || current === null
    ? undefined
    : new ViewConflict(readView(current));
}

/** Revision 0 makes a new view. */
export async function saveView(
  id: string,
  content: ViewContent,
  revision: number,
): Promise<SavedView> {
  try {
    const request = api.PUT("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: KIND, id } },
      body: { body: viewBody(id, content), expected_revision: revision },
    });
    return readView(
      await answer(
        request as Promise<{ data?: Schemas["Document"]; error?: unknown; response: Response }>,
      ),
    );
  } catch (error) {
    throw conflictIn(error) ?? error;
  }
}

export async function deleteView(view: SavedView): Promise<void> {
  await answer(
    api.DELETE("/api/v1/documents/{kind}/{id}", {
      params: {
        path: { kind: KIND, id: view.id },
        query: { expected_revision: view.revision },
      },
    }),
  );
}
