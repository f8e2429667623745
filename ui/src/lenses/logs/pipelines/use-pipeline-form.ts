/** A pipeline that is being edited; what was typed and not saved is kept in this tab. */
import { useEffect, useMemo, useState } from "react";
import type { Schemas } from "@/api/client";
import { useUser } from "@/api/session";
import { keepDraft, readKeptDraft } from "@/settings/documents/kept-draft";
import { PIPELINE_KIND } from "../log-documents";
import { NEW_PIPELINE, type PipelineForm, readPipeline } from "./pipeline-model";

function parseForm(text: string): PipelineForm | undefined {
  try {
    return { ...NEW_PIPELINE, ...(JSON.parse(text) as PipelineForm) };
  } catch {
    return undefined;
  }
}

/** `id` is `new` for one that is not saved yet. */
export function usePipelineForm(id: string, document: Schemas["Document"] | undefined) {
  const userId = useUser()?.id;
  const place = useMemo(
    () => (userId === undefined ? undefined : { userId, kind: PIPELINE_KIND, id }),
    [userId, id],
  );
  const [kept] = useState(() => (place === undefined ? undefined : readKeptDraft(place)));
  const [form, setForm] = useState<PipelineForm>(
    () => parseForm(kept?.text ?? "") ?? (document ? readPipeline(document) : NEW_PIPELINE),
  );
  const [base, setBase] = useState({
    revision: kept?.baseRevision ?? document?.revision ?? 0,
    text: kept?.baseText ?? JSON.stringify(document ? readPipeline(document) : NEW_PIPELINE),
  });
  const text = JSON.stringify(form);
  const isChanged = text !== base.text;
  // A newer revision replaces what nobody has changed here.
  useEffect(() => {
    if (document !== undefined && document.revision > base.revision && !isChanged) {
      take(document);
    }
  });
  useEffect(() => {
    if (place !== undefined) {
      const draft = { baseRevision: base.revision, baseText: base.text, text, message: "" };
      keepDraft(place, isChanged ? draft : undefined);
    }
  }, [place, base, text, isChanged]);
  const take = (saved: Schemas["Document"]) => {
    const next = readPipeline(saved);
    setForm(next);
    setBase({ revision: saved.revision, text: JSON.stringify(next) });
  };
  const discard = () => {
    const next = document === undefined ? NEW_PIPELINE : readPipeline(document);
    setForm(next);
    setBase({ revision: document?.revision ?? 0, text: JSON.stringify(next) });
  };
  const forget = () => place !== undefined && keepDraft(place, undefined);
  const change = (part: Partial<PipelineForm>) => setForm((it) => ({ ...it, ...part }));
  return { form, change, isChanged, revision: base.revision, take, discard, forget };
}
