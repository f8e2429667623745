/** Deciding about an issue: resolved, ignored, open again, whose it is, and a note. */
import { Alert, Button, Group, Popover, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/session";
import { useFormat } from "@/design/use-format";
import { kindsQuery, mayEdit } from "@/settings/documents/document-queries";
import type { ErrorIssue } from "../errors-api";
import { ISSUE_STATE_KIND } from "../errors-api";
import { AssigneeName } from "./AssigneeName";
import { type StateDecision, stateDecisions, textOf } from "./decision";
import { useDecide } from "./use-decide";

const NOTE_LENGTH_MAX = 4000;
const VERSION_LENGTH_MAX = 256;

interface IssueActionsProps {
  issue: ErrorIssue;
  /** Versions in which it occurred, the latest first. */
  versions: readonly string[];
}

export function IssueActions({ issue, versions }: IssueActionsProps) {
  const { t } = useTranslation("errors");
  const user = useUser();
  const { data: kinds } = useQuery(kindsQuery);
  const deciding = useDecide(issue);
  const kind = kinds?.find((it) => it.kind === ISSUE_STATE_KIND);
  const note = issue.note ?? "";
  if (!mayEdit(user, kind, issue.document_id)) {
    return (
      <Stack gap={4}>
        {kind === undefined ? null : (
          <Text size="sm" c="dimmed">
            {t("decide.read_only", { role: t(`common:role.${kind.edit_role}` as never) })}
          </Text>
        )}
        {note === "" ? null : (
          <Text size="sm" className="error-note wrap-anywhere">
            {note}
          </Text>
        )}
      </Stack>
    );
  }
  const { decide, isReady } = deciding;
  const isMine = user !== undefined && issue.assignee === user.id;
  return (
    <Stack gap="xs">
      {deciding.conflict === null ? null : <Conflict deciding={deciding} />}
      <Group gap="xs">
        {stateDecisions(issue.state).map((it) => (
          <StateButton
            key={it}
            decision={it}
            isDisabled={!isReady}
            issue={issue}
            versions={versions}
            onDecide={decide}
          />
        ))}
        {user === undefined || isMine ? null : (
          <Button
            variant="default"
            disabled={!isReady}
            onClick={() => decide({ type: "assign", userId: user.id })}
          >
            {t("decide.assign")}
          </Button>
        )}
        {issue.assignee === null ? null : (
          <Button
            variant="default"
            disabled={!isReady}
            onClick={() => decide({ type: "unassign" })}
          >
            {t("decide.unassign")}
          </Button>
        )}
      </Group>
      <NoteForm note={note} isReady={isReady} onSave={(text) => decide({ type: "note", text })} />
    </Stack>
  );
}

interface StateButtonProps extends IssueActionsProps {
  decision: StateDecision;
  isDisabled: boolean;
  onDecide: ReturnType<typeof useDecide>["decide"];
}

function StateButton({ decision, isDisabled, issue, versions, onDecide }: StateButtonProps) {
  const { t } = useTranslation("errors");
  const [opened, { toggle, close }] = useDisclosure(false);
  if (decision !== "resolve") {
    return (
      <Button variant="default" disabled={isDisabled} onClick={() => onDecide({ type: decision })}>
        {t(`decide.${decision}`)}
      </Button>
    );
  }
  return (
    <Popover
      opened={opened}
      onChange={(next) => !next && close()}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button disabled={isDisabled} onClick={toggle}>
          {t("decide.resolve")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("decide.resolve")}>
        {opened ? (
          <ResolveForm
            versions={versions}
            first={issue.last_version ?? ""}
            onResolve={(version) => {
              close();
              onDecide({ type: "resolve", version });
            }}
          />
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}

interface ResolveFormProps {
  versions: readonly string[];
  first: string;
  onResolve: (version: string) => void;
}

function ResolveForm({ versions, first, onResolve }: ResolveFormProps) {
  const { t } = useTranslation("errors");
  const [version, setVersion] = useState(first);
  const known = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onResolve(version);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" w={260}>
        <TextInput
          size="xs"
          label={t("decide.version")}
          description={t("decide.version_hint")}
          list={known}
          maxLength={VERSION_LENGTH_MAX}
          value={version}
          onChange={(event) => setVersion(event.currentTarget.value)}
        />
        {/* The browser's own list does not open by itself over the button below. */}
        <datalist id={known}>
          {[...new Set(versions)].map((it) => (
            <option key={it} value={it} />
          ))}
        </datalist>
        <Button type="submit">
          {version.trim() === ""
            ? t("decide.resolve_plain")
            : t("decide.resolve_in", { version: version.trim() })}
        </Button>
      </Stack>
    </form>
  );
}

interface NoteFormProps {
  note: string;
  isReady: boolean;
  onSave: (text: string) => void;
}

function NoteForm({ note, isReady, onSave }: NoteFormProps) {
  const { t } = useTranslation("errors");
  const [typed, setTyped] = useState(note);
  const [stored, setStored] = useState(note);
  // What is being typed is not lost when somebody else's note arrives.
  if (stored !== note) {
    setStored(note);
    if (typed.trim() === stored) {
      setTyped(note);
    }
  }
  const isChanged = typed.trim() !== note;
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <Textarea
        className="error-note-input"
        size="xs"
        label={t("decide.note")}
        placeholder={t("decide.note_hint")}
        rows={2}
        resize="vertical"
        maxLength={NOTE_LENGTH_MAX}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {isChanged ? (
        <Button disabled={!isReady} onClick={() => onSave(typed)}>
          {t("decide.save_note")}
        </Button>
      ) : null}
    </Group>
  );
}

/** Somebody else was faster: what they decided, and a choice made knowingly. */
function Conflict({ deciding }: { deciding: ReturnType<typeof useDecide> }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const { conflict } = deciding;
  if (conflict === null) {
    return null;
  }
  const { theirs } = conflict;
  const state = textOf(theirs.body, "state");
  const assignee = textOf(theirs.body, "assignee");
  const note = textOf(theirs.body, "note");
  return (
    <Alert color="orange" role="alert" title={t("conflict.title")}>
      <Stack gap="xs">
        <Text size="sm">
          {t("conflict.text", {
            author: theirs.author,
            time: format.time(theirs.time_ms),
            state: t(`state.${state}` as never, { defaultValue: state }),
          })}
        </Text>
        {assignee === "" ? null : (
          <Text size="sm">
            {t("issue.assignee")}: <AssigneeName id={assignee} />
          </Text>
        )}
        {note === "" ? null : (
          <Text size="sm" className="error-note wrap-anywhere">
            {note}
          </Text>
        )}
        <Group gap="xs">
          <Button variant="default" loading={deciding.isSaving} onClick={deciding.decideAnyway}>
            {t("conflict.mine")}
          </Button>
          <Button variant="default" onClick={deciding.giveWay}>
            {t("conflict.theirs")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
