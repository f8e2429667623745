/**
 * A document being edited. Nothing that was typed is lost: a newer revision from somebody else
 * becomes a conflict, and taking theirs keeps yours aside.
 */
import type { Schemas } from "@/api/client";
import type { KeptDraft } from "./kept-draft";

type Document = Schemas["Document"];

export interface Draft {
  /** The revision that the text was made from; 0 for a new document. */
  baseRevision: number;
  baseText: string;
  text: string;
  /** What somebody else saved meanwhile. */
  theirs: Document | null;
  /** The text that was given up by taking theirs. */
  setAside: string | null;
}

export type DraftAction =
  | { type: "typed"; text: string }
  | { type: "loaded"; document: Document }
  | { type: "saved"; document: Document }
  | { type: "conflicted"; document: Document }
  | { type: "keep_mine" }
  | { type: "take_theirs" }
  | { type: "bring_back" }
  | { type: "discard"; document: Document };

/** Names in order, as the server keeps them, so that a difference shows only what differs. */
export function bodyText(body: unknown): string {
  return `${JSON.stringify(inOrder(body), null, 2)}\n`;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inOrder);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, it]) => [name, inOrder(it)]));
}

export function draftOf(document: Document): Draft {
  const text = bodyText(document.body);
  return {
    baseRevision: document.revision,
    baseText: text,
    text,
    theirs: null,
    setAside: null,
  };
}

/** What was typed earlier goes on; a newer revision from somebody else is a conflict as ever. */
export function resumeDraft(document: Document, kept: KeptDraft): Draft {
  const { baseRevision, baseText, text } = kept;
  return load({ baseRevision, baseText, text, theirs: null, setAside: null }, document);
}

export function isChanged(draft: Draft): boolean {
  return draft.text !== draft.baseText;
}

export function reduceDraft(draft: Draft, action: DraftAction): Draft {
  switch (action.type) {
    case "typed":
      return { ...draft, text: action.text };
    case "loaded":
      return load(draft, action.document);
    case "saved":
      return saved(draft, action.document);
    case "conflicted":
      return { ...draft, theirs: action.document };
    case "keep_mine":
      return draft.theirs === null ? draft : { ...rebase(draft, draft.theirs), text: draft.text };
    case "take_theirs":
      return draft.theirs === null
        ? draft
        : { ...rebase(draft, draft.theirs), setAside: isChanged(draft) ? draft.text : null };
    case "bring_back":
      return draft.setAside === null ? draft : { ...draft, text: draft.setAside, setAside: null };
    case "discard":
      return draftOf(action.document);
  }
}

/** Made from `document` now, with its text. */
function rebase(draft: Draft, document: Document): Draft {
  return { ...draftOf(document), setAside: draft.setAside };
}

function load(draft: Draft, document: Document): Draft {
  if (document.revision <= draft.baseRevision) {
    return draft;
  }
  return isChanged(draft) ? { ...draft, theirs: document } : rebase(draft, document);
}

/** What was typed while the request was on its way stays. */
function saved(draft: Draft, document: Document): Draft {
  const text = bodyText(document.body);
  return { ...draft, baseRevision: document.revision, baseText: text, theirs: null };
}

export type ParsedBody = { body: Record<string, unknown> } | { problem: string };

export function parseBody(text: string): ParsedBody {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body)
      ? { body: body as Record<string, unknown> }
      : { problem: "{ … }" };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The document that a 409 carries. */
export function currentOf(answerBody: unknown): Document | null {
  const current =
    typeof answerBody === "object" && answerBody !== null
      ? (answerBody as { current?: Document | null }).current
      : null;
  return current ?? null;
}
