/** Unsaved changes of saved views, kept in this tab across a reload. */

export interface Draft {
  sql: string;
  /** The revision that was changed. */
  revision: number;
}

const PREFIX = "hannun-query-draft ";

export function readDraft(viewId: string): Draft | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(PREFIX + viewId) ?? "null");
    const draft = value as Partial<Draft> | null;
    return typeof draft?.sql === "string" && typeof draft.revision === "number"
      ? { sql: draft.sql, revision: draft.revision }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined forgets the draft. */
export function writeDraft(viewId: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined) {
      sessionStorage.removeItem(PREFIX + viewId);
    } else {
      sessionStorage.setItem(PREFIX + viewId, JSON.stringify(draft));
    }
  } catch {
    // Without storage the draft lasts until the page is closed.
  }
}
