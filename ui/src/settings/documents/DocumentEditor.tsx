/** Edits the body as JSON. Errors name the field; a conflict shows both versions. */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { CodeEditor } from "@/common/CodeEditor";
import { ConfirmButton } from "@/common/ConfirmButton";
import { ErrorBox } from "@/common/ErrorBox";
import { useNotice } from "../use-notice";
import { Conflict } from "./Conflict";
import { documentChanged } from "./document-queries";
import { currentOf, type Draft, draftOf, isChanged, parseBody, reduceDraft } from "./draft";

interface DocumentEditorProps {
  document: Schemas["Document"];
  canEdit: boolean;
}

export function DocumentEditor({ document, canEdit }: DocumentEditorProps) {
  const { t } = useTranslation("settings");
  const [draft, dispatch] = useReducer(reduceDraft, document, draftOf);
  const [message, setMessage] = useState("");
  useEffect(() => dispatch({ type: "loaded", document }), [document]);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname &&
      isChanged(draft) &&
      !window.confirm(t("documents.leave")),
    enableBeforeUnload: () => isChanged(draft),
  });
  const save = useSave(document, message, dispatch, () => setMessage(""));
  const parsed = parseBody(draft.text);
  const isEditable = canEdit && !document.deleted;
  const submit = () => {
    if (isEditable && isChanged(draft) && draft.theirs === null && !save.isPending) {
      save.mutate(draft);
    }
  };
  const isConflict = save.error instanceof ApiError && save.error.status === 409;
  return (
    <Stack gap="sm">
      {draft.theirs === null ? null : (
        <Conflict draft={draft} theirs={draft.theirs} dispatch={dispatch} />
      )}
      {draft.setAside === null ? null : (
        <SetAside onBringBack={() => dispatch({ type: "bring_back" })} />
      )}
      {save.error === null || isConflict ? null : <ErrorBox error={save.error} />}
      <CodeEditor
        language="json"
        label={t("documents.body_label", { id: document.id })}
        value={draft.text}
        height="min(50dvh, 480px)"
        readOnly={!isEditable}
        onChange={(text) => dispatch({ type: "typed", text })}
        onSubmit={submit}
      />
      {"problem" in parsed ? (
        <Text size="sm" c="red" role="alert">
          {t("documents.not_json", { problem: parsed.problem })}
        </Text>
      ) : null}
      {isEditable ? (
        <Group gap="xs" align="end">
          <TextInput
            className="document-message"
            label={t("documents.message")}
            placeholder={t("documents.message_hint")}
            value={message}
            onChange={(event) => setMessage(event.currentTarget.value)}
          />
          <Button
            size="sm"
            loading={save.isPending}
            disabled={!isChanged(draft) || "problem" in parsed || draft.theirs !== null}
            onClick={submit}
          >
            {t("documents.save")}
          </Button>
          <DeleteButton document={document} />
        </Group>
      ) : null}
    </Stack>
  );
}

function SetAside({ onBringBack }: { onBringBack: () => void }) {
  const { t } = useTranslation("settings");
  return (
    <Alert color="blue" role="status" title={t("documents.set_aside")}>
      <Button variant="default" onClick={onBringBack}>
        {t("documents.bring_back")}
      </Button>
    </Alert>
  );
}

function useSave(
  { kind, id }: Schemas["Document"],
  message: string,
  dispatch: (action: Parameters<typeof reduceDraft>[1]) => void,
  onSaved: () => void,
) {
  const { t } = useTranslation("settings");
  const notice = useNotice();
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const parsed = parseBody(draft.text);
      if ("problem" in parsed) {
        throw new Error(parsed.problem);
      }
      const body = { body: parsed.body, expected_revision: draft.baseRevision, message };
      return answer(
        api.PUT("/api/v1/documents/{kind}/{id}", { params: { path: { kind, id } }, body }),
      );
    },
    onSuccess: async (document) => {
      dispatch({ type: "saved", document });
      onSaved();
      notice.done(t("documents.saved", { revision: document.revision }));
      await documentChanged();
    },
    onError: async (error) => {
      if (error instanceof ApiError && error.status === 409) {
        const current = currentOf(error.body);
        if (current === null) {
          await documentChanged();
        } else {
          dispatch({ type: "conflicted", document: current });
        }
      }
    },
  });
}

function DeleteButton({ document }: { document: Schemas["Document"] }) {
  const { kind, id, revision } = document;
  const { t } = useTranslation("settings");
  const notice = useNotice();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/v1/documents/{kind}/{id}", {
          params: { path: { kind, id }, query: { expected_revision: revision } },
        }),
      ),
    onSuccess: async () => {
      notice.done(t("documents.deleted_notice", { id }));
      await navigate({ to: "/settings/documents", ignoreBlocker: true });
      await documentChanged();
    },
    onError: async (error) => {
      notice.failed(error);
      await documentChanged();
    },
  });
  return (
    <ConfirmButton
      size="sm"
      loading={remove.isPending}
      label={t("documents.delete")}
      title={t("documents.delete_title", { id })}
      text={t("documents.delete_text")}
      confirmLabel={t("documents.delete")}
      onConfirm={() => remove.mutate()}
    />
  );
}
