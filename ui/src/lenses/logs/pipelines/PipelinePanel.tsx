/** One pipeline: its form, its rules as JSON, a try on what is stored, its counters. */
import {
  Alert,
  Button,
  Group,
  Menu,
  NumberInput,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { CodeEditor } from "@/common/CodeEditor";
import { ConfirmButton } from "@/common/ConfirmButton";
import { ErrorBox } from "@/common/ErrorBox";
import { fieldMessage } from "@/common/field-errors";
import { Loading } from "@/common/Loading";
import { SidePanel } from "@/common/SidePanel";
import { SearchBar } from "@/common/search-bar/SearchBar";
import { useSearchChange } from "@/common/use-search-change";
import { useNotice } from "@/settings/use-notice";
import { deleteDocument, documentsChanged, PIPELINE_KIND, putDocument } from "../log-documents";
import type { PipelineState } from "../logs-api";
import {
  bodyOfForm,
  NEW_ID,
  newPipelineId,
  type PipelineForm,
  parseRules,
  withRule,
} from "./pipeline-model";
import { RuleCounters } from "./RuleCounters";
import { TryPanel } from "./TryPanel";
import { TEMPLATES } from "./templates";
import { usePipelineForm } from "./use-pipeline-form";

type Document = Schemas["Document"];

const PANEL_WIDTH = 760;
const NAME_LENGTH_MAX = 120;
const EDITOR_HEIGHT = 280;

interface PipelinePanelProps {
  id: string | undefined;
  document: Document | undefined;
  isLoading: boolean;
  state: PipelineState | undefined;
}

export function PipelinePanel({ id, document, isLoading, state }: PipelinePanelProps) {
  const { t } = useTranslation("logs");
  const change = useSearchChange();
  const close = () => change({ pipeline: undefined });
  const isNew = id === NEW_ID;
  return (
    <SidePanel
      opened={id !== undefined}
      onClose={close}
      size={PANEL_WIDTH}
      title={isNew ? t("pipelines.new") : t("pipelines.edit")}
    >
      {id === undefined ? null : isLoading && !isNew ? (
        <Loading />
      ) : document === undefined && !isNew ? (
        <Text>{t("pipelines.gone")}</Text>
      ) : (
        <Editor key={id} id={id} document={document} state={state} onClosed={close} />
      )}
    </SidePanel>
  );
}

interface EditorProps {
  id: string;
  document: Document | undefined;
  state: PipelineState | undefined;
  onClosed: () => void;
}

function Editor({ id, document, state, onClosed }: EditorProps) {
  const { t } = useTranslation("logs");
  const mayEdit = useMay("editor");
  const editing = usePipelineForm(id, document);
  const { form, change, isChanged } = editing;
  const save = useSave(id, editing);
  const body = bodyOfForm(form);
  return (
    <Stack gap="md">
      {state?.error == null ? null : (
        <Alert color="red" variant="light" p="xs" title={t("pipelines.not_in_force")}>
          <span className="wrap-anywhere">{state.error}</span>
        </Alert>
      )}
      <Fields form={form} change={change} isEditable={mayEdit} error={save.error} />
      <Rules form={form} change={change} isEditable={mayEdit} />
      {save.error === null ? null : <ErrorBox error={save.error} />}
      {mayEdit ? (
        <Group gap="xs">
          <Button
            disabled={!isChanged || body === undefined || form.name.trim() === ""}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {t("pipelines.save")}
          </Button>
          {isChanged ? (
            <Button variant="default" onClick={editing.discard}>
              {t("pipelines.discard")}
            </Button>
          ) : null}
          {document === undefined ? null : (
            <>
              <DeleteButton document={document} onDeleted={onClosed} />
              <Button
                component={Link}
                to="/settings/documents/$kind/$id"
                params={{ kind: PIPELINE_KIND, id } as never}
                variant="subtle"
              >
                {t("pipelines.history")}
              </Button>
            </>
          )}
        </Group>
      ) : null}
      <TryPanel body={body} />
      {state === undefined ? null : <RuleCounters rules={state.rules} />}
    </Stack>
  );
}

function useSave(id: string, editing: ReturnType<typeof usePipelineForm>) {
  const { t } = useTranslation("logs");
  const notice = useNotice();
  const showPipeline = useSearchChange();
  const { form, revision, take, forget } = editing;
  return useMutation({
    mutationFn: async () => {
      const target = id === NEW_ID ? newPipelineId(form.name) : id;
      return putDocument(PIPELINE_KIND, target, bodyOfForm(form) ?? {}, revision);
    },
    onSuccess: async (saved) => {
      notice.done(t("pipelines.saved"));
      if (id === NEW_ID) {
        forget();
        await documentsChanged();
        showPipeline({ pipeline: saved.id }, true);
      } else {
        take(saved);
        await documentsChanged();
      }
    },
  });
}

interface PartProps {
  form: PipelineForm;
  change: (part: Partial<PipelineForm>) => void;
  isEditable: boolean;
}

function Fields({ form, change, isEditable, error }: PartProps & { error: unknown }) {
  const { t } = useTranslation("logs");
  return (
    <>
      <Group gap="sm" align="flex-end">
        <TextInput
          className="log-pipeline-name"
          label={t("pipelines.name")}
          value={form.name}
          maxLength={NAME_LENGTH_MAX}
          readOnly={!isEditable}
          error={fieldMessage(error, "/name")}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <NumberInput
          w={110}
          label={t("pipelines.order")}
          value={form.order}
          allowDecimal={false}
          readOnly={!isEditable}
          error={fieldMessage(error, "/order")}
          onChange={(value) => change({ order: Number(value) || 0 })}
        />
        <Switch
          mb={8}
          label={t("pipelines.enabled")}
          checked={form.isEnabled}
          disabled={!isEditable}
          onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
        />
      </Group>
      <div>
        <SearchBar
          label={t("pipelines.match_label")}
          withLabel
          source="logs"
          value={form.match}
          onType={(match) => change({ match })}
          onSubmit={(match) => change({ match })}
        />
        {fieldMessage(error, "/match") === null ? null : (
          <Text size="sm" c="red" role="alert">
            {fieldMessage(error, "/match")}
          </Text>
        )}
      </div>
    </>
  );
}

function Rules({ form, change, isEditable }: PartProps) {
  const { t } = useTranslation("logs");
  const rules = parseRules(form.rules);
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={500}>
          {t("pipelines.rules")}
        </Text>
        {isEditable ? (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <Button
                variant="default"
                disabled={rules === undefined}
                leftSection={<IconPlus size={14} aria-hidden />}
              >
                {t("pipelines.add_rule")}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {TEMPLATES.map(({ key, rule }) => (
                <Menu.Item key={key} onClick={() => change({ rules: withRule(form.rules, rule) })}>
                  {t(`template.${key}`)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        ) : null}
      </Group>
      <CodeEditor
        language="json"
        label={t("pipelines.rules_label")}
        value={form.rules}
        height={EDITOR_HEIGHT}
        readOnly={!isEditable}
        onChange={(text) => change({ rules: text })}
      />
      {rules === undefined ? (
        <Text size="sm" c="red" role="alert">
          {t("pipelines.not_a_list")}
        </Text>
      ) : null}
    </Stack>
  );
}

function DeleteButton({ document, onDeleted }: { document: Document; onDeleted: () => void }) {
  const { t } = useTranslation("logs");
  const notice = useNotice();
  const name = typeof document.body["name"] === "string" ? document.body["name"] : document.id;
  const remove = useMutation({
    mutationFn: () => deleteDocument(document),
    onSuccess: onDeleted,
    onError: notice.failed,
    onSettled: documentsChanged,
  });
  return (
    <ConfirmButton
      loading={remove.isPending}
      label={t("pipelines.delete")}
      title={t("pipelines.delete_title", { name })}
      text={t("pipelines.delete_text")}
      confirmLabel={t("pipelines.delete")}
      onConfirm={() => remove.mutate()}
    />
  );
}
