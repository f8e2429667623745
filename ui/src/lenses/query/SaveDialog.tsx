/** Saves a query as a view; when somebody else was faster, both versions are shown. */
import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import type { ChartSetting } from "./chart-choice";
import { newViewId, type SavedView, saveView, ViewConflict, viewsQuery } from "./saved-views";

const TITLE_LENGTH_MAX = 120;

interface SaveDialogProps {
  opened: boolean;
  onClose: () => void;
  /** The view that is changed; a new one is made without it. */
  view: SavedView | undefined;
  /** The revision that was changed. */
  revision: () => number;
  sql: string;
  chart: ChartSetting | undefined;
  onSaved: (view: SavedView) => void;
}

interface Wanted {
  id: string;
  revision: number;
}

/** What is in the form, and saving it: as the view that is open, or as a new one. */
function useSaving(props: SaveDialogProps) {
  const { opened, view, sql, chart, revision, onSaved } = props;
  const client = useQueryClient();
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const take = (saved: SavedView) => {
    client.setQueryData([...viewsQuery.queryKey, saved.id], saved);
    onSaved(saved);
  };
  const save = useMutation({
    mutationFn: ({ id, revision: from }: Wanted) =>
      saveView(id, { title, description, sql, chart }, from),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey, exact: true });
      take(saved);
    },
  });
  const { reset, mutate } = save;
  useEffect(() => {
    if (opened) {
      setTitle(view?.title ?? "");
      setDescription(view?.description ?? "");
      reset();
    }
  }, [opened, view, reset]);
  const saveNew = () => mutate({ id: newViewId(), revision: 0 });
  const saveOver = ({ id, revision: from }: Wanted) => mutate({ id, revision: from });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (view === undefined) {
      saveNew();
    } else {
      saveOver({ id: view.id, revision: revision() });
    }
  };
  return { save, title, setTitle, description, setDescription, saveNew, saveOver, submit, take };
}

export function SaveDialog(props: SaveDialogProps) {
  const { opened, onClose, view, sql } = props;
  const { t } = useTranslation("query");
  const saving = useSaving(props);
  const { error, isPending } = saving.save;
  const theirs = error instanceof ViewConflict ? error.theirs : undefined;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t(view === undefined ? "save.title_new" : "save.title")}
      size={theirs === undefined ? "md" : "xl"}
      closeButtonProps={{ "aria-label": t("save.close") }}
    >
      {theirs === undefined ? (
        <SaveForm
          isNew={view === undefined}
          title={saving.title}
          description={saving.description}
          onTitle={saving.setTitle}
          onDescription={saving.setDescription}
          error={error}
          isSaving={isPending}
          onSubmit={saving.submit}
          onSaveNew={saving.saveNew}
        />
      ) : (
        <Conflict
          theirs={theirs}
          sql={sql}
          isSaving={isPending}
          onMine={() => saving.saveOver(theirs)}
          onTheirs={() => saving.take(theirs)}
          onNew={saving.saveNew}
        />
      )}
    </Modal>
  );
}

interface SaveFormProps {
  isNew: boolean;
  title: string;
  description: string;
  onTitle: (title: string) => void;
  onDescription: (description: string) => void;
  error: Error | null;
  isSaving: boolean;
  onSubmit: (event: FormEvent) => void;
  onSaveNew: () => void;
}

function SaveForm(props: SaveFormProps) {
  const { isNew, title, description, error, isSaving } = props;
  const { t } = useTranslation("query");
  return (
    <form onSubmit={props.onSubmit}>
      <Stack gap="sm">
        <TextInput
          label={t("save.name")}
          value={title}
          maxLength={TITLE_LENGTH_MAX}
          required
          data-autofocus
          onChange={(event) => props.onTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t("save.description")}
          value={description}
          autosize
          minRows={2}
          maxRows={6}
          onChange={(event) => props.onDescription(event.currentTarget.value)}
        />
        {error === null ? null : <ErrorBox error={error} />}
        <Group justify="flex-end" gap="xs">
          {isNew ? null : (
            <Button
              variant="default"
              disabled={title.trim() === ""}
              loading={isSaving}
              onClick={props.onSaveNew}
            >
              {t("save.as_new")}
            </Button>
          )}
          <Button type="submit" disabled={title.trim() === ""} loading={isSaving}>
            {t("save.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ConflictProps {
  theirs: SavedView;
  sql: string;
  isSaving: boolean;
  onMine: () => void;
  onTheirs: () => void;
  onNew: () => void;
}

function Conflict({ theirs, sql, isSaving, onMine, onTheirs, onNew }: ConflictProps) {
  const { t } = useTranslation("query");
  const format = useFormat();
  return (
    <Stack gap="sm">
      <Text size="sm">
        {t("conflict.text", { author: theirs.author, time: format.time(theirs.timeMs) })}
      </Text>
      <div className="conflict">
        <div>
          <Text size="sm" fw={600}>
            {t("conflict.theirs")}
          </Text>
          <CodeBlock code={theirs.sql} label={t("conflict.theirs")} />
        </div>
        <div>
          <Text size="sm" fw={600}>
            {t("conflict.mine")}
          </Text>
          <CodeBlock code={sql} label={t("conflict.mine")} />
        </div>
      </div>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onTheirs}>
          {t("conflict.take_theirs")}
        </Button>
        <Button variant="default" loading={isSaving} onClick={onNew}>
          {t("save.as_new")}
        </Button>
        <Button loading={isSaving} onClick={onMine}>
          {t("conflict.keep_mine")}
        </Button>
      </Group>
    </Stack>
  );
}
