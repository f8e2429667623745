/** The form of a probe: a new one, a copy, or one that is saved. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError, type Schemas } from "@/api/client";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { stringifySearch } from "@/common/search";
import { Conflict } from "@/settings/documents/Conflict";
import { documentQuery } from "@/settings/documents/document-queries";
import { currentOf, type DraftAction } from "@/settings/documents/draft";
import { useNotice } from "@/settings/use-notice";
import { knownLanguage } from "../languages";
import { NEW_ID, type Prefill } from "../probe-search";
import {
  PROBE_KIND,
  type ProbeProblem,
  type ProbeService,
  probesChanged,
  putDocument,
} from "../probes-api";
import { CaptureFields } from "./CaptureFields";
import { otherProblems } from "./form-part";
import { LifeFields } from "./LifeFields";
import { languageOf } from "./language-of";
import {
  bodyOfForm,
  copyOfProbe,
  missingFields,
  NEW_PROBE,
  newProbeId,
  type ProbeForm,
} from "./probe-form";
import { TargetFields } from "./TargetFields";
import { useCheck } from "./use-check";
import { draftOfForm, type ProbeEditing, useProbeForm } from "./use-probe-form";
import { WhatFields } from "./WhatFields";

type Document = Schemas["Document"];

const PANEL_WIDTH = 680;

interface ProbePanelProps {
  /** Undefined closes it; `new` is a probe that is not saved yet. */
  id: string | undefined;
  copyOf: string | undefined;
  prefill: Prefill;
  /** Undefined until they are known. */
  services: ProbeService[] | undefined;
  canEdit: boolean;
  onClose: () => void;
}

export function ProbePanel(props: ProbePanelProps) {
  const { id, copyOf, services, onClose } = props;
  const { t } = useTranslation("probes");
  const source = id === NEW_ID ? copyOf : id;
  const query = useQuery({
    ...documentQuery(PROBE_KIND, source ?? ""),
    enabled: id !== undefined && source !== undefined,
  });
  return (
    <SidePanel
      opened={id !== undefined}
      onClose={onClose}
      size={PANEL_WIDTH}
      title={t(id === NEW_ID ? "new" : "edit")}
    >
      {id === undefined ? null : services === undefined ? (
        <Loading />
      ) : source === undefined ? (
        <Editor
          key="new"
          {...props}
          id={id}
          services={services}
          document={undefined}
          first={prefilled(props.prefill, services)}
        />
      ) : (
        <QueryBoundary query={query}>
          {(document) =>
            id === NEW_ID ? (
              <Editor
                key={`copy ${source}`}
                {...props}
                id={id}
                services={services}
                document={undefined}
                first={copyOfProbe(document.body)}
              />
            ) : document.deleted ? (
              <Text size="sm">{t("gone")}</Text>
            ) : (
              <Editor
                key={id}
                {...props}
                id={id}
                services={services}
                document={document}
                first={NEW_PROBE}
              />
            )
          }
        </QueryBoundary>
      )}
    </SidePanel>
  );
}

function prefilled(prefill: Prefill, services: readonly ProbeService[]): ProbeForm {
  const { service, language, file, line, module, method } = prefill;
  return {
    ...NEW_PROBE,
    service: service ?? "",
    language: knownLanguage(language) ?? languageOf(services, service) ?? "",
    place: method === undefined ? "line" : "method",
    file: file ?? "",
    line: line ?? "",
    container: module ?? "",
    method: method ?? "",
  };
}

interface EditorProps extends ProbePanelProps {
  id: string;
  services: ProbeService[];
  document: Document | undefined;
  first: ProbeForm;
}

function Editor(props: EditorProps) {
  const { id, copyOf, prefill, document, first, services, canEdit } = props;
  const { t } = useTranslation("probes");
  const draftId = id === NEW_ID ? `new${stringifySearch({ ...prefill, copyOf })}` : id;
  const editing = useProbeForm(draftId, document, first);
  const { form, change } = editing;
  const { problems, isChecking } = useCheck(form);
  const save = useSave(id, editing);
  const missing = missingFields(form, Date.now());
  const parts = { form, change, isEditable: canEdit, problems, refused: refusedBy(save.error) };
  return (
    <Stack gap="md" className="probe-form">
      {canEdit ? null : <Alert variant="light">{t("owners_only")}</Alert>}
      <Origin document={document} />
      <Theirs editing={editing} />
      <TargetFields {...parts} services={services} />
      <WhatFields {...parts} />
      <CaptureFields {...parts} />
      <LifeFields {...parts} />
      <Others problems={otherProblems(problems)} />
      {refusedBy(save.error) === null ? null : <ErrorBox error={save.error} />}
      {canEdit ? (
        <Group gap="xs" className="probe-form-foot">
          <Button
            disabled={missing.length > 0 || problems.length > 0 || editing.theirs !== null}
            loading={save.isPending || (isChecking && missing.length === 0)}
            onClick={() => save.mutate(form)}
          >
            {t(id === NEW_ID ? "form.create" : "form.save")}
          </Button>
          {editing.isChanged ? (
            <Button variant="default" onClick={editing.discard}>
              {t("form.discard")}
            </Button>
          ) : null}
          {missing.length === 0 ? null : (
            <Text size="sm" c="dimmed">
              {t("form.missing", { fields: missing.map((it) => t(`missing.${it}`)).join(", ") })}
            </Text>
          )}
        </Group>
      ) : null}
    </Stack>
  );
}

/** What is wrong with the probe as a whole. */
function Others({ problems }: { problems: readonly ProbeProblem[] }) {
  const { t } = useTranslation("probes");
  if (problems.length === 0) {
    return null;
  }
  return (
    <Alert color="red" variant="light" p="xs" title={t("form.wrong")}>
      <ul className="probe-errors">
        {problems.map(({ field, message }) => (
          <li key={`${field} ${message}`}>
            <code>{field}</code> {message}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

/** A conflict has a question of its own. */
function refusedBy(error: unknown): unknown {
  return error instanceof ApiError && error.status === 409 ? null : error;
}

/** Where a document comes from that was applied, and its history. */
function Origin({ document }: { document: Document | undefined }) {
  const { t } = useTranslation("probes");
  if (document === undefined) {
    return null;
  }
  return (
    <Stack gap="xs" align="flex-start">
      {document.source === null ? null : (
        <Alert variant="light" color="blue" p="xs" w="100%">
          {t("form.managed", { source: document.source })}
        </Alert>
      )}
      <Button
        component={Link}
        to="/settings/documents/$kind/$id"
        params={{ kind: PROBE_KIND, id: document.id } as never}
        variant="subtle"
        size="compact-sm"
      >
        {t("form.history")}
      </Button>
    </Stack>
  );
}

function Theirs({ editing }: { editing: ProbeEditing }) {
  const { theirs } = editing;
  if (theirs === null) {
    return null;
  }
  const decide = ({ type }: DraftAction) =>
    type === "keep_mine" ? editing.keepMine(theirs) : editing.take(theirs);
  return <Conflict draft={draftOfForm(editing)} theirs={theirs} dispatch={decide} />;
}

function useSave(id: string, editing: ProbeEditing) {
  const { t } = useTranslation("probes");
  const notice = useNotice();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (form: ProbeForm) => {
      const target = id === NEW_ID ? newProbeId(form) : id;
      return putDocument(PROBE_KIND, target, bodyOfForm(form, Date.now()), editing.revision);
    },
    onSuccess: async (saved) => {
      notice.done(t("form.saved"));
      // Its page shows what the list says of it.
      await probesChanged();
      if (id === NEW_ID) {
        editing.forget();
        await navigate({
          to: "/probes/$id",
          params: { id: saved.id },
          search: ({ from, to, env }: Record<string, unknown>) => ({ from, to, env }) as never,
        });
      } else {
        editing.take(saved);
      }
    },
    onError: (error) => {
      const theirs =
        error instanceof ApiError && error.status === 409 ? currentOf(error.body) : null;
      if (theirs !== null) {
        editing.conflicted(theirs);
      }
    },
  });
}
