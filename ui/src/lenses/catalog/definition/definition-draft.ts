/**
 * A definition that is being written. Nothing that was typed is lost: what somebody else saved
 * meanwhile becomes a conflict, and a text that is replaced on purpose is put aside.
 */
import type { KeptDraft } from "@/settings/documents/kept-draft";

/** A definition as the server has it; revision 0 and an empty text before there is one. */
export interface Stored {
  revision: number;
  text: string;
}

export interface DefinitionDraft {
  /** The revision that the text was made from. */
  baseRevision: number;
  baseText: string;
  text: string;
  /** What somebody else saved meanwhile. */
  theirs: Stored | null;
  /** The text that was replaced. */
  setAside: string | null;
}

export type DefinitionAction =
  | { type: "typed"; text: string }
  | { type: "loaded"; stored: Stored }
  | { type: "begun_anew"; text: string }
  | { type: "keep_mine" }
  | { type: "take_theirs" }
  | { type: "bring_back" };

/** `first` is what is written when nothing is stored. */
export function draftOf(stored: Stored, first: string): DefinitionDraft {
  const text = stored.revision === 0 || stored.text === "" ? first : stored.text;
  return { baseRevision: stored.revision, baseText: text, text, theirs: null, setAside: null };
}

/** What was typed earlier goes on. */
export function resumeDraft(stored: Stored, kept: KeptDraft): DefinitionDraft {
  const { baseRevision, baseText, text } = kept;
  const draft = { baseRevision, baseText, text, theirs: null, setAside: null };
  return loaded(draft, stored);
}

export function isChanged({ text, baseText }: DefinitionDraft): boolean {
  return text !== baseText;
}

export function reduceDraft(draft: DefinitionDraft, action: DefinitionAction): DefinitionDraft {
  const { theirs } = draft;
  switch (action.type) {
    case "typed":
      return { ...draft, text: action.text };
    case "loaded":
      return loaded(draft, action.stored);
    case "begun_anew":
      return { ...draft, text: action.text, setAside: isChanged(draft) ? draft.text : null };
    case "keep_mine":
      return theirs === null ? draft : { ...rebased(draft, theirs), text: draft.text };
    case "take_theirs":
      return theirs === null
        ? draft
        : { ...rebased(draft, theirs), setAside: isChanged(draft) ? draft.text : null };
    case "bring_back":
      return draft.setAside === null ? draft : { ...draft, text: draft.setAside, setAside: null };
  }
}

function rebased(draft: DefinitionDraft, { revision, text }: Stored): DefinitionDraft {
  return { ...draft, baseRevision: revision, baseText: text, text, theirs: null };
}

function loaded(draft: DefinitionDraft, stored: Stored): DefinitionDraft {
  if (stored.revision <= draft.baseRevision) {
    return draft;
  }
  return isChanged(draft) ? { ...draft, theirs: stored } : rebased(draft, stored);
}
