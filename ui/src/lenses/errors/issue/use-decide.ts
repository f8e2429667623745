/** Writes decisions about an issue; a decision of somebody else in between becomes a question. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type Schemas } from "@/api/client";
import { currentOf } from "@/settings/documents/draft";
import { useNotice } from "@/settings/use-notice";
import type { ErrorIssue } from "../errors-api";
import { decisionQuery, decisionSaved, saveDecision } from "../errors-api";
import { bodyAfter, bodyOf, type Decision } from "./decision";

type Document = Schemas["Document"];

interface Pending {
  decision: Decision;
  theirs: Document;
}

interface Attempt {
  decision: Decision;
  before: Document | null;
  revision: number;
}

export function useDecide(issue: ErrorIssue) {
  const { t } = useTranslation("errors");
  const notice = useNotice();
  const { document_id, document_revision } = issue;
  const document = useQuery(decisionQuery(document_id, document_revision));
  const [conflict, setConflict] = useState<Pending | null>(null);
  const save = useMutation({
    mutationFn: ({ decision, before, revision }: Attempt) =>
      saveDecision(document_id, bodyAfter(issue, bodyOf(before), decision), revision),
    onSuccess: async () => {
      setConflict(null);
      notice.done(t("decide.saved"));
      await decisionSaved();
    },
    onError: async (error, { decision }) => {
      const theirs =
        error instanceof ApiError && error.status === 409 ? currentOf(error.body) : null;
      if (theirs === null) {
        notice.failed(error);
        return;
      }
      // A document that was deleted holds no decision that could be overwritten.
      if (theirs.deleted) {
        save.mutate({ decision, before: null, revision: theirs.revision });
        return;
      }
      setConflict({ decision, theirs });
      await decisionSaved();
    },
  });
  return {
    body: bodyOf(document.data),
    isReady: document.data !== undefined && !save.isPending,
    isSaving: save.isPending,
    conflict,
    /** Refused when the document is no longer the one that is shown. */
    decide: (decision: Decision) =>
      save.mutate({ decision, before: document.data ?? null, revision: document_revision }),
    /** The decision on top of what somebody else wrote. */
    decideAnyway: () =>
      conflict !== null &&
      save.mutate({
        decision: conflict.decision,
        before: conflict.theirs,
        revision: conflict.theirs.revision,
      }),
    giveWay: () => setConflict(null),
  };
}
