/**
 * What was typed and not saved, kept in this tab: a session that ends, or a reload, loses nothing.
 * It belongs to the person who typed it.
 */

export interface KeptDraft {
  baseRevision: number;
  baseText: string;
  text: string;
  message: string;
}

export interface DraftPlace {
  userId: string;
  kind: string;
  id: string;
}

const PREFIX = "hannun-document-draft";

function nameOf({ userId, kind, id }: DraftPlace): string {
  return `${PREFIX} ${userId} ${kind}/${id}`;
}

export function readKeptDraft(place: DraftPlace): KeptDraft | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(place)) ?? "null") as KeptDraft | null;
    const isWhole =
      typeof kept?.baseRevision === "number" &&
      [kept.baseText, kept.text, kept.message].every((it) => typeof it === "string");
    return isWhole ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined forgets it. */
export function keepDraft(place: DraftPlace, draft: KeptDraft | undefined): void {
  try {
    if (draft === undefined) {
      sessionStorage.removeItem(nameOf(place));
    } else {
      sessionStorage.setItem(nameOf(place), JSON.stringify(draft));
    }
  } catch {
    // Without storage the draft lasts until the page is closed.
  }
}
