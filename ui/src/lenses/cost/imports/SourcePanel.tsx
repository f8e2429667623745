/** The editor of a source: where the bill lies, how often to look, and which keys to use. */
import { Alert, Button, Group, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { ConfirmButton } from "@/common/ConfirmButton";
import { ErrorBox } from "@/common/ErrorBox";
import { fieldMessage } from "@/common/field-errors";
import { Loading } from "@/common/Loading";
import { SidePanel } from "@/common/SidePanel";
import { useSearchChange } from "@/common/use-search-change";
import { useNotice } from "@/settings/use-notice";
import {
  deleteSource,
  ENDPOINT_EXAMPLE,
  INTERVALS,
  isBucket,
  NEW_SOURCE,
  REGION_EXAMPLE,
  readSource,
  type SourceForm,
  saveSource,
  sourceBody,
  sourceDocumentsQuery,
  sourceId,
  URL_EXAMPLE,
} from "./sources";

const route = getRouteApi("/shell/cost/imports");
const NEW = "new";

export function SourcePanel() {
  const { t } = useTranslation("cost");
  const { edit } = route.useSearch();
  const change = useSearchChange();
  const { data, error } = useQuery({ ...sourceDocumentsQuery(), enabled: edit !== undefined });
  const document = data?.find((it) => it.id === edit);
  const close = () => change({ edit: undefined });
  const isKnown = edit === NEW || document !== undefined;
  return (
    <SidePanel
      opened={edit !== undefined}
      title={edit === NEW ? t("imports.add_source") : readSource(document?.body).name}
      onClose={close}
    >
      {error === null ? null : <ErrorBox error={error} />}
      {isKnown ? (
        <SourceEditor key={edit} document={document} onDone={close} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <Text size="sm">{t("imports.no_source")}</Text>
      )}
    </SidePanel>
  );
}

interface SourceEditorProps {
  document: Schemas["Document"] | undefined;
  onDone: () => void;
}

function SourceEditor({ document, onDone }: SourceEditorProps) {
  const { t } = useTranslation("cost");
  const notice = useNotice();
  const mayEdit = useMay("editor");
  const [form, setForm] = useState(() => (document ? readSource(document.body) : NEW_SOURCE));
  const save = useMutation({
    mutationFn: () =>
      saveSource({
        id: document?.id ?? sourceId(form.name),
        body: sourceBody(form, document?.body ?? {}),
        expectedRevision: document?.revision ?? 0,
      }),
    onSuccess: () => {
      notice.done(t("imports.source_saved"));
      onDone();
    },
  });
  const remove = useMutation({
    mutationFn: deleteSource,
    onSuccess: onDone,
    onError: notice.failed,
  });
  const isComplete = form.name.trim() !== "" && form.url.trim() !== "";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) {
          save.mutate();
        }
      }}
    >
      <fieldset className="cost-fieldset" disabled={!mayEdit}>
        <Stack gap="sm">
          <SourceFields
            form={form}
            error={save.error}
            onChange={(part) => setForm((it) => ({ ...it, ...part }))}
          />
          {save.error === null ? null : <ErrorBox error={save.error} />}
          <Group justify="space-between">
            {document === undefined ? (
              <span />
            ) : (
              <ConfirmButton
                label={t("imports.remove_source")}
                title={t("imports.remove_title", { name: form.name })}
                text={t("imports.remove_text")}
                confirmLabel={t("imports.remove_source")}
                onConfirm={() => remove.mutate(document)}
              />
            )}
            <Button type="submit" disabled={!isComplete} loading={save.isPending}>
              {t("imports.save_source")}
            </Button>
          </Group>
        </Stack>
      </fieldset>
    </form>
  );
}

interface SourceFieldsProps {
  form: SourceForm;
  error: unknown;
  onChange: (part: Partial<SourceForm>) => void;
}

function SourceFields({ form, error, onChange }: SourceFieldsProps) {
  const { t } = useTranslation("cost");
  const text = (name: "name" | "url" | "account" | "currency") => ({
    label: t(`imports.field.${name}`),
    description: t(`imports.field.${name}_hint`),
    value: form[name],
    error: fieldMessage(error, `/${name}`),
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <>
      <TextInput {...text("name")} required />
      <TextInput {...text("url")} required placeholder={URL_EXAMPLE} />
      <Group align="flex-end">
        <Select
          w={160}
          label={t("imports.field.every")}
          data={[...new Set([...INTERVALS, form.every])]}
          value={form.every}
          onChange={(next) => onChange({ every: next ?? NEW_SOURCE.every })}
        />
        <Switch
          mb={8}
          label={t("imports.field.enabled")}
          checked={form.enabled}
          onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
        />
      </Group>
      <TextInput {...text("account")} />
      <TextInput {...text("currency")} maxLength={3} w={220} />
      {isBucket(form.url) ? <BucketFields form={form} error={error} onChange={onChange} /> : null}
    </>
  );
}

function BucketFields({ form, onChange }: SourceFieldsProps) {
  const { t } = useTranslation("cost");
  const text = (name: "region" | "endpoint" | "profile" | "accessKeyEnv" | "secretKeyEnv") => ({
    label: t(`imports.field.${name}`),
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <>
      <Select
        label={t("imports.field.credentials")}
        data={(["ambient", "profile", "environment"] as const).map((value) => ({
          value,
          label: t(`imports.credentials.${value}`),
        }))}
        value={form.credentials}
        onChange={(next) => onChange({ credentials: next as SourceForm["credentials"] })}
      />
      {form.credentials === "profile" ? <TextInput {...text("profile")} required /> : null}
      {form.credentials === "environment" ? (
        <Group grow>
          <TextInput {...text("accessKeyEnv")} required />
          <TextInput {...text("secretKeyEnv")} required />
        </Group>
      ) : null}
      <Alert variant="light" p="xs">
        {t("imports.no_secrets")}
      </Alert>
      <TextInput {...text("region")} placeholder={REGION_EXAMPLE} />
      <TextInput
        {...text("endpoint")}
        description={t("imports.field.endpoint_hint")}
        placeholder={ENDPOINT_EXAMPLE}
      />
    </>
  );
}
