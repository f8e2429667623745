/** A probe that is being edited; what was typed and not saved is kept in this tab. */
import { useEffect, useMemo, useState } from "react";
import type { Schemas } from "@/api/client";
import { useUser } from "@/api/session";
import { bodyText, type Draft } from "@/settings/documents/draft";
import { keepDraft, readKeptDraft } from "@/settings/documents/kept-draft";
import { PROBE_KIND } from "../probes-api";
import { bodyOfForm, NEW_PROBE, type ProbeForm, possible, readProbe } from "./probe-form";

type Document = Schemas["Document"];

function parseForm(text: string): ProbeForm | undefined {
  try {
    return { ...NEW_PROBE, ...(JSON.parse(text) as ProbeForm) };
  } catch {
    return undefined;
  }
}

interface Base {
  /** 0 for a probe that is not saved yet. */
  revision: number;
  text: string;
}

/** `draftId` tells drafts apart; `first` is what the form of a new probe begins with. */
export function useProbeForm(draftId: string, document: Document | undefined, first: ProbeForm) {
  const userId = useUser()?.id;
  const place = useMemo(
    () => (userId === undefined ? undefined : { userId, kind: PROBE_KIND, id: draftId }),
    [userId, draftId],
  );
  const [kept] = useState(() => (place === undefined ? undefined : readKeptDraft(place)));
  const start = document === undefined ? first : readProbe(document.body);
  const [form, setForm] = useState<ProbeForm>(() => parseForm(kept?.text ?? "") ?? start);
  const [base, setBase] = useState<Base>({
    revision: kept?.baseRevision ?? document?.revision ?? 0,
    text: kept?.baseText ?? JSON.stringify(start),
  });
  const [theirs, setTheirs] = useState<Document | null>(null);
  const text = JSON.stringify(form);
  const isChanged = text !== base.text;
  useEffect(() => {
    if (place !== undefined) {
      const draft = { baseRevision: base.revision, baseText: base.text, text, message: "" };
      keepDraft(place, isChanged ? draft : undefined);
    }
  }, [place, base, text, isChanged]);
  const take = (saved: Document) => {
    const next = readProbe(saved.body);
    setForm(next);
    setBase({ revision: saved.revision, text: JSON.stringify(next) });
    setTheirs(null);
  };
  // A newer revision replaces what nobody has changed here, and is a question otherwise.
  useEffect(() => {
    if (document === undefined || document.revision <= base.revision) {
      return;
    }
    if (!isChanged) {
      take(document);
    } else if (theirs?.revision !== document.revision) {
      setTheirs(document);
    }
  });
  return {
    form,
    isChanged,
    revision: base.revision,
    theirs,
    change: (part: Partial<ProbeForm>) => setForm((it) => possible({ ...it, ...part })),
    take,
    conflicted: setTheirs,
    /** The next save replaces what somebody else saved. */
    keepMine: (other: Document) => {
      setBase((it) => ({ ...it, revision: other.revision }));
      setTheirs(null);
    },
    discard: () => (document === undefined ? setForm(first) : take(document)),
    forget: () => place !== undefined && keepDraft(place, undefined),
  };
}

export type ProbeEditing = ReturnType<typeof useProbeForm>;

/** What is written here as the editor of documents has it, to be compared with theirs. */
export function draftOfForm({ form, revision, theirs }: ProbeEditing): Draft {
  const text = bodyText(bodyOfForm(form, Date.now()));
  return { baseRevision: revision, baseText: text, text, theirs, setAside: null };
}
