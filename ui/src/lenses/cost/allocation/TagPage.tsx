/** The rules of a virtual tag: written, tried on what was billed already, and only then saved. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowLeft, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { deleteDocument, putDocument } from "@/api/documents";
import { queryClient } from "@/api/queries";
import { useMay } from "@/api/session";
import { ConfirmButton } from "@/common/ConfirmButton";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useNotice } from "@/settings/use-notice";
import { CostPage } from "../CostPage";
import { costChanged, dimensionsQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { shared } from "../cost-search";
import { TAG_KIND, tagDocumentsQuery, tryTag } from "./allocation-api";
import { RuleCard } from "./RuleCard";
import { TagFields } from "./TagFields";
import { TryResult } from "./TryResult";
import {
  bodyOf,
  EMPTY_FORM,
  formOf,
  movedRules,
  newRule,
  problemOf,
  type RuleForm,
  type TagBody,
  type TagForm,
} from "./tag-form";
import "./allocation.css";

type Document = Schemas["Document"];

/** Stands in the URL for a tag that nobody has saved yet; no tag may be called so. */
export const NEW_TAG = "+new";

const route = getRouteApi("/shell/cost/allocation/$tag");

export default function TagPage() {
  const { t } = useTranslation("cost-allocation");
  const { tag } = route.useParams();
  const search = route.useSearch();
  const isNew = tag === NEW_TAG;
  const query = useQuery(tagDocumentsQuery);
  const back = (
    <Button
      component={Link}
      to="/cost/allocation"
      search={shared(search) as never}
      variant="subtle"
      size="xs"
      leftSection={<IconArrowLeft size={16} aria-hidden />}
    >
      {t("back")}
    </Button>
  );
  return (
    <CostPage title={isNew ? t("new_tag") : t("edit_tag", { tag })} actions={back}>
      <QueryBoundary query={query}>
        {(documents) => {
          const document = documents.find(({ id }) => id === tag);
          return isNew || document !== undefined ? (
            <TagEditor key={tag} document={document} />
          ) : (
            <EmptyState title={t("gone", { tag })} />
          );
        }}
      </QueryBoundary>
    </CostPage>
  );
}

function readTag(document: Document | undefined): TagForm {
  return document === undefined ? EMPTY_FORM : formOf(document.body as unknown as TagBody);
}

function TagEditor({ document }: { document: Document | undefined }) {
  const { t } = useTranslation("cost-allocation");
  const mayEdit = useMay("editor");
  const cost = useCost();
  const { form, change, isChanged, save } = useTagForm(document);
  const trying = useMutation({ mutationFn: () => tryTag(cost, bodyOf(form)) });
  const { reset } = trying;
  // What was found is about the rules as they were.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another form ends the result
  useEffect(() => reset(), [form, reset]);
  const problem = problemOf(form);
  return (
    <Stack gap="md">
      <TagFields
        form={form}
        change={change}
        isNew={document === undefined}
        isEditable={mayEdit}
        error={save.error}
      />
      <Rules rules={form.rules} isEditable={mayEdit} onChange={(rules) => change({ rules })} />
      {save.error === null ? null : <ErrorBox error={save.error} />}
      {problem === undefined || form === EMPTY_FORM ? null : (
        <Text size="sm" c="dimmed" role="status">
          {t(`problem.${problem}`)}
        </Text>
      )}
      <Group gap="xs">
        <Button
          variant="default"
          disabled={problem !== undefined}
          loading={trying.isPending}
          onClick={() => trying.mutate()}
        >
          {t("try.action")}
        </Button>
        {mayEdit ? (
          <Button
            disabled={problem !== undefined || !isChanged}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {t("save")}
          </Button>
        ) : null}
        {mayEdit && document !== undefined ? <DeleteTag document={document} /> : null}
      </Group>
      {trying.error === null ? null : <ErrorBox error={trying.error} />}
      {trying.data === undefined ? null : <TryResult tried={trying.data} />}
    </Stack>
  );
}

/** A tag that is being edited, against the revision that was seen. */
function useTagForm(document: Document | undefined) {
  const { t } = useTranslation("cost-allocation");
  const notice = useNotice();
  const navigate = useNavigate();
  const search = route.useSearch();
  const [first] = useState(() => readTag(document));
  const [form, setForm] = useState(first);
  const [saved, setSaved] = useState({ form: first, revision: document?.revision ?? 0 });
  const save = useMutation({
    mutationFn: () => {
      const body = bodyOf(form);
      const id = document?.id ?? body.name;
      return putDocument(TAG_KIND, id, { ...body }, saved.revision);
    },
    onSuccess: async ({ id, revision }) => {
      setSaved({ form, revision });
      notice.done(t("saved"));
      await tagsChanged();
      if (document === undefined) {
        const to = { to: "/cost/allocation/$tag", params: { tag: id }, search: shared(search) };
        await navigate({ ...to, replace: true } as never);
      }
    },
  });
  const change = (part: Partial<TagForm>) => setForm((it) => ({ ...it, ...part }));
  return { form, change, isChanged: form !== saved.form, save };
}

async function tagsChanged(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: tagDocumentsQuery.queryKey }),
    costChanged(),
  ]);
}

interface RulesProps {
  rules: readonly RuleForm[];
  isEditable: boolean;
  onChange: (rules: RuleForm[]) => void;
}

function Rules({ rules, isEditable, onChange }: RulesProps) {
  const { t } = useTranslation("cost-allocation");
  const { fromMs, toMs } = useCost().period;
  const dimensions = useQuery(dimensionsQuery(fromMs, toMs));
  const names = dimensions.data?.map(({ name }) => name) ?? [];
  const replaced = (index: number, rule: RuleForm) =>
    rules.map((it, at) => (at === index ? rule : it));
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("rules.title")}</Text>
      <Text size="sm" c="dimmed">
        {t("rules.text")}
      </Text>
      {rules.length === 0 ? (
        <Alert variant="light" p="xs">
          {t("rules.none")}
        </Alert>
      ) : null}
      <ol className="tag-rules">
        {rules.map((rule, index) => (
          <li key={rule.key}>
            <RuleCard
              rule={rule}
              index={index}
              isLast={index === rules.length - 1}
              isEditable={isEditable}
              dimensions={names}
              onChange={(next) => onChange(replaced(index, next))}
              onMove={(by) => onChange(movedRules(rules, index, by))}
              onRemove={() => onChange(rules.filter((it) => it !== rule))}
            />
          </li>
        ))}
      </ol>
      {isEditable ? (
        <Button
          variant="default"
          className="tag-add"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onChange([...rules, newRule()])}
        >
          {t("rules.add")}
        </Button>
      ) : null}
    </Stack>
  );
}

function DeleteTag({ document }: { document: Document }) {
  const { t } = useTranslation("cost-allocation");
  const notice = useNotice();
  const navigate = useNavigate();
  const search = route.useSearch();
  const remove = useMutation({
    mutationFn: () => deleteDocument(document),
    onError: notice.failed,
    onSuccess: async () => {
      await tagsChanged();
      await navigate({ to: "/cost/allocation", search: shared(search) as never });
    },
  });
  return (
    <ConfirmButton
      label={t("delete.action")}
      title={t("delete.title")}
      text={t("delete.text")}
      confirmLabel={t("delete.action")}
      loading={remove.isPending}
      onConfirm={() => remove.mutate()}
    />
  );
}
