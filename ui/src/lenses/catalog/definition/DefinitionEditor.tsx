/** Writes a definition as YAML: the server reads it while it is typed, and says what is wrong where. */
import type { EditorView } from "@codemirror/view";
import { Alert, Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CodeEditor } from "@/common/CodeEditor";
import { ErrorBox } from "@/common/ErrorBox";
import { useSearchChange } from "@/common/use-search-change";
import { type CatalogService, checkQuery, SERVICE } from "../catalog-api";
import { DefinitionConflict } from "./DefinitionConflict";
import { DeleteDefinition } from "./DeleteDefinition";
import { type DefinitionAction, isChanged, type Stored } from "./definition-draft";
import { definitionText, SCHEMA_VERSIONS, type SchemaVersion, versionOf } from "./definition-text";
import { ProblemList } from "./ProblemList";
import { goToLine, problemMarks } from "./problem-marks";
import { useDefinitionDraft } from "./use-definition-draft";
import { useSaveDefinition } from "./use-save-definition";
import { verdictOf } from "./verdict";

const TYPING_MS = 400;
const NO_PROBLEMS: never[] = [];

interface DefinitionEditorProps {
  service: CatalogService;
  stored: Stored;
}

export default function DefinitionEditor({ service, stored }: DefinitionEditorProps) {
  const { t } = useTranslation("catalog");
  const change = useSearchChange();
  const first = useMemo(() => definitionText(SCHEMA_VERSIONS[0], service), [service]);
  const editing = useDefinitionDraft(service.name, stored, first);
  const { draft, dispatch, message, setMessage, forget } = editing;
  const checking = useChecking(draft.text, service.name);
  const view = useRef<EditorView>(null);
  const problems = checking.check?.problems ?? NO_PROBLEMS;
  const marks = useMemo(() => problemMarks(problems, view), [problems]);
  const leave = () => {
    forget();
    change({ edit: undefined }, true);
  };
  const save = useSaveDefinition(service, draft, message, dispatch, leave);
  const checked = "checked" in checking.verdict ? checking.verdict.checked : undefined;
  // A definition that is only offered is worth saving as it is.
  const isWorthSaving = isChanged(draft) || stored.revision === 0;
  const maySave = checked !== undefined && isWorthSaving && draft.theirs === null;
  const submit = () => maySave && !save.isPending && save.mutate(checked);
  const decide = (action: DefinitionAction) => {
    save.reset();
    dispatch(action);
  };
  return (
    <Stack gap="sm">
      {draft.theirs === null ? null : (
        <DefinitionConflict draft={draft} theirs={draft.theirs} dispatch={decide} />
      )}
      {editing.isResumed && isChanged(draft) ? (
        <Text size="sm" role="status">
          {t("definition.resumed")}
        </Text>
      ) : null}
      {service.kind === SERVICE ? (
        <SchemaChoice
          text={draft.text}
          onChoose={(version) =>
            dispatch({ type: "begun_anew", text: definitionText(version, service) })
          }
        />
      ) : null}
      {draft.setAside === null ? null : (
        <SetAside onClick={() => dispatch({ type: "bring_back" })} />
      )}
      {save.error === null || draft.theirs !== null ? null : <ErrorBox error={save.error} />}
      <CodeEditor
        language="text"
        label={t("definition.editor_label", { service: service.name })}
        value={draft.text}
        height="min(56dvh, 520px)"
        readOnly={save.isPending}
        extensions={marks}
        onChange={(text) => dispatch({ type: "typed", text })}
        onSubmit={submit}
      />
      <ProblemList checking={checking} onLine={(line) => goToLine(view.current, line)} />
      <Group gap="xs" align="end">
        <TextInput
          className="catalog-message"
          label={t("definition.message")}
          placeholder={t("definition.message_hint")}
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
        />
        <Button loading={save.isPending} disabled={!maySave} onClick={submit}>
          {t("definition.save")}
        </Button>
        <Button variant="default" onClick={leave}>
          {t(isChanged(draft) ? "definition.discard" : "definition.close")}
        </Button>
        <DeleteDefinition service={service} onDeleted={leave} />
      </Group>
    </Stack>
  );
}

/** What the server says about the text once the typing pauses. */
function useChecking(text: string, service: string) {
  const [asked] = useDebouncedValue(text, TYPING_MS);
  const query = useQuery({ ...checkQuery(asked), placeholderData: keepPreviousData });
  const { data: check, error, isPlaceholderData } = query;
  const isOfThisText = asked === text && !isPlaceholderData;
  const verdict =
    check === undefined || !isOfThisText
      ? { problem: "unchecked" as const }
      : verdictOf(check, service);
  return { check, verdict, error: isOfThisText ? error : null };
}

export type Checking = ReturnType<typeof useChecking>;

/** Another version begins anew, for the server alone reads what is written. */
function SchemaChoice(props: { text: string; onChoose: (version: SchemaVersion) => void }) {
  const { t } = useTranslation("catalog");
  return (
    <Group gap="xs">
      <Text size="sm" id="schema-version">
        {t("definition.schema")}
      </Text>
      <SegmentedControl
        size="xs"
        aria-labelledby="schema-version"
        value={versionOf(props.text) ?? ""}
        onChange={(version) => props.onChoose(version as SchemaVersion)}
        data={[...SCHEMA_VERSIONS]}
      />
      <Text size="xs" c="dimmed">
        {t("definition.schema_hint")}
      </Text>
    </Group>
  );
}

function SetAside({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation("catalog");
  return (
    <Alert color="blue" variant="light" p="xs" role="status">
      <Group gap="xs">
        <Text size="sm">{t("definition.set_aside")}</Text>
        <Button size="compact-xs" variant="default" onClick={onClick}>
          {t("definition.bring_back")}
        </Button>
      </Group>
    </Alert>
  );
}
