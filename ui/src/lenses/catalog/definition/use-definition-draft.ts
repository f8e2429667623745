/** The draft of a definition; what was typed and not saved is kept in this tab. */
import { useEffect, useMemo, useReducer, useState } from "react";
import { useUser } from "@/api/session";
import { keepDraft, readKeptDraft } from "@/settings/documents/kept-draft";
import { DEFINITION_KIND } from "../catalog-api";
import { draftOf, isChanged, reduceDraft, resumeDraft, type Stored } from "./definition-draft";

/** Where the draft of a service is kept; its name is no id of a document, so it never meets one. */
function usePlace(service: string) {
  const userId = useUser()?.id;
  return useMemo(
    () =>
      userId === undefined
        ? undefined
        : { userId, kind: DEFINITION_KIND, id: `service ${service}` },
    [userId, service],
  );
}

/** Whether something was typed here and neither saved nor given up. */
export function useHasDraft(service: string): boolean {
  const place = usePlace(service);
  return place !== undefined && readKeptDraft(place) !== undefined;
}

export function useDefinitionDraft(service: string, stored: Stored, first: string) {
  const place = usePlace(service);
  const [kept] = useState(() => (place === undefined ? undefined : readKeptDraft(place)));
  const [draft, dispatch] = useReducer(reduceDraft, stored, (loaded) =>
    kept === undefined ? draftOf(loaded, first) : resumeDraft(loaded, kept),
  );
  const [message, setMessage] = useState(kept?.message ?? "");
  const { revision, text } = stored;
  useEffect(() => dispatch({ type: "loaded", stored: { revision, text } }), [revision, text]);
  useEffect(() => {
    if (place !== undefined) {
      const { baseRevision, baseText, text: typed } = draft;
      const typedDraft = { baseRevision, baseText, text: typed, message };
      keepDraft(place, isChanged(draft) ? typedDraft : undefined);
    }
  }, [place, draft, message]);
  const forget = () => place !== undefined && keepDraft(place, undefined);
  return { draft, dispatch, message, setMessage, forget, isResumed: kept !== undefined };
}
