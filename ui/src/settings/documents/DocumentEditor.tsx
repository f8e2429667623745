/** Edits the body as JSON. Errors name the field; a conflict shows both versions. */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { useUser } from "@/api/session";
import { CodeEditor } from "@/common/CodeEditor";
import { ConfirmButton } from "@/common/ConfirmButton";
import { ErrorBox } from "@/common/ErrorBox";
import { useNotice } from "../use-notice";
import { Conflict } from "./Conflict";
import { documentChanged } from "./document-queries";
import {
  currentOf,
  type Draft,
  draftOf,
  isChanged,
  parseBody,
  reduceDraft,
  resumeDraft,
} from "./draft";
import { keepDraft, readKeptDraft } from "./kept-draft";

const SIGN_IN = "/sign-in";

interface DocumentEditorProps {
  document: Schemas["Document"];
  canEdit: boolean;
}

/** The draft and its message, kept in this tab until they are saved or given up. */
function useDraft(document: Schemas["Document"]) {
  const { kind, id } = document;
  const userId = useUser()?.id;
  const place = useMemo(
    () => (userId === undefined ? undefined : { userId, kind, id }),
    [userId, kind, id],
  );
  const [kept] = useState(() => (place === undefined ? undefined : readKeptDraft(place)));
  const [draft, dispatch] = useReducer(reduceDraft, document, (first) =>
    kept === undefined ? draftOf(first) : resumeDraft(first, kept),
  );
  const [message, setMessage] = useState(kept?.message ?? "");
  const [isResumed, setIsResumed] = useState(kept !== undefined);
  useEffect(() => dispatch({ type: "loaded", document }), [document]);
  useEffect(() => {
    if (place !== undefined) {
      const { baseRevision, baseText, text } = draft;
      keepDraft(place, isChanged(draft) ? { baseRevision, baseText, text, message } : undefined);
    }
  }, [place, draft, message]);
  const forget = () => place !== undefined && keepDraft(place, undefined);
  const discard = () => {
    dispatch({ type: "discard", document });
    setMessage("");
    setIsResumed(false);
  };
  return { draft, dispatch, message, setMessage, isResumed, discard, forget };
}

/** Asks before leaving what was typed. A session that ended leads to signing in, and back here. */
function useAskBeforeLeaving(draft: Draft, forget: () => void): void {
  const { t } = useTranslation("settings");
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const isLeaving = current.pathname !== next.pathname && next.pathname !== SIGN_IN;
      if (!isLeaving || !isChanged(draft)) {
        return false;
      }
      if (window.confirm(t("documents.leave"))) {
        forget();
        return false;
      }
      return true;
    },
    enableBeforeUnload: () => isChanged(draft),
  });
}

export function DocumentEditor({ document, canEdit }: DocumentEditorProps) {
  const { t } = useTranslation("settings");
  const { draft, dispatch, message, setMessage, isResumed, discard, forget } = useDraft(document);
  useAskBeforeLeaving(draft, forget);
  const save = useSave(document, message, dispatch, () => setMessage(""));
  const parsed = parseBody(draft.text);
  const isEditable = canEdit && !document.deleted;
  const maySave = isChanged(draft) && !("problem" in parsed) && draft.theirs === null;
  const submit = () => {
    if (isEditable && maySave && !save.isPending) {
      save.mutate(draft);
    }
  };
  const isConflict = save.error instanceof ApiError && save.error.status === 409;
  return (
    <Stack gap="sm">
      {draft.theirs === null ? null : (
        <Conflict draft={draft} theirs={draft.theirs} dispatch={dispatch} />
      )}
      {isResumed && isChanged(draft) ? (
        <Kept title={t("documents.resumed")} action={t("documents.discard")} onClick={discard} />
      ) : null}
      {draft.setAside === null ? null : (
        <Kept
          title={t("documents.set_aside")}
          action={t("documents.bring_back")}
          onClick={() => dispatch({ type: "bring_back" })}
        />
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
        <SaveBar
          document={document}
          message={message}
          onMessage={setMessage}
          isSaving={save.isPending}
          maySave={maySave}
          onSave={submit}
          onDeleted={forget}
        />
      ) : null}
    </Stack>
  );
}

interface SaveBarProps {
  document: Schemas["Document"];
  message: string;
  onMessage: (message: string) => void;
  isSaving: boolean;
  maySave: boolean;
  onSave: () => void;
  onDeleted: () => void;
}

function SaveBar(props: SaveBarProps) {
  const { document, message, onMessage, isSaving, maySave, onSave, onDeleted } = props;
  const { t } = useTranslation("settings");
  return (
    <Group gap="xs" align="end">
      <TextInput
        className="document-message"
        label={t("documents.message")}
        placeholder={t("documents.message_hint")}
        value={message}
        onChange={(event) => onMessage(event.currentTarget.value)}
      />
      <Button size="sm" loading={isSaving} disabled={!maySave} onClick={onSave}>
        {t("documents.save")}
      </Button>
      <DeleteButton document={document} onDeleted={onDeleted} />
    </Group>
  );
}

/** Text of one's own that is not what the server has. */
function Kept(props: { title: string; action: string; onClick: () => void }) {
  return (
    <Alert color="blue" role="status" title={props.title}>
      <Button variant="default" onClick={props.onClick}>
        {props.action}
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

function DeleteButton(props: { document: Schemas["Document"]; onDeleted: () => void }) {
  const { kind, id, revision } = props.document;
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
      props.onDeleted();
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
