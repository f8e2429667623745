/** Saves a definition over the revision it was made from; a newer one becomes a conflict. */
import { useMutation } from "@tanstack/react-query";
import type { Dispatch } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { queryClient } from "@/api/queries";
import { currentOf } from "@/settings/documents/draft";
import { useNotice } from "@/settings/use-notice";
import {
  type CatalogService,
  type CheckedDefinition,
  definitionsChanged,
  entryQuery,
  saveDefinition,
  useScope,
} from "../catalog-api";
import type { DefinitionAction, DefinitionDraft } from "./definition-draft";
import { storedOf } from "./stored";

export function useSaveDefinition(
  service: CatalogService,
  draft: DefinitionDraft,
  message: string,
  dispatch: Dispatch<DefinitionAction>,
  onSaved: () => void,
) {
  const { t } = useTranslation("catalog");
  const notice = useNotice();
  const scope = useScope();
  const fetchTheirs = async (revision: number) => {
    try {
      const query = { ...entryQuery(scope, service.name), staleTime: 0 };
      const stored = storedOf(await queryClient.fetchQuery(query));
      return stored.revision === 0 ? { revision, text: "" } : stored;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return { revision, text: "" };
      }
      throw error;
    }
  };
  return useMutation({
    mutationFn: async (checked: CheckedDefinition) => {
      const { definition } = checked;
      // One that was kept under another id stays there.
      const documentId = service.document_id ?? checked.document_id;
      const write = { documentId, definition, message };
      try {
        return await saveDefinition({ ...write, expectedRevision: draft.baseRevision });
      } catch (error) {
        const current = error instanceof ApiError && error.status === 409 && currentOf(error.body);
        if (!current) {
          throw error;
        }
        if (current.deleted && draft.baseRevision === 0) {
          // There was one long ago: nobody's work is overwritten.
          return await saveDefinition({ ...write, expectedRevision: current.revision });
        }
        dispatch({ type: "loaded", stored: await fetchTheirs(current.revision) });
        throw error;
      }
    },
    onSuccess: async ({ revision }) => {
      notice.done(t("definition.saved", { revision }));
      onSaved();
      await definitionsChanged();
    },
  });
}
