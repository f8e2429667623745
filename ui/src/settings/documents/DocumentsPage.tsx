/** Everything that people decided: all documents, by kind, with counts and a filter. */
import { Badge, Chip, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import type { DocumentsSearch } from "../routes";
import { SettingsPage } from "../SettingsPage";
import { documentsQuery, kindsQuery } from "./document-queries";
import { filterDocuments, titleOf } from "./filter";

type Document = Schemas["Document"];

export default function DocumentsPage() {
  const { t } = useTranslation("settings");
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/settings/documents" });
  const documents = useQuery(documentsQuery(search.deleted === true));
  const columns = useColumns();
  const setSearch = (
    part: { [Name in keyof DocumentsSearch]: DocumentsSearch[Name] | undefined },
  ) =>
    void navigate({
      to: ".",
      replace: true,
      search: (before: object) => ({ ...before, ...part }) as never,
    });
  return (
    <SettingsPage area="documents">
      <Text size="sm" c="dimmed" maw={720}>
        {t("documents.intro")}
      </Text>
      <QueryBoundary query={documents}>
        {(all) => (
          <Stack gap="xs">
            <KindChips all={all} kind={search.kind} onChange={(kind) => setSearch({ kind })} />
            <DataTable
              label={t("documents.list")}
              rows={filterDocuments(all, search.kind, search.filter)}
              columns={columns}
              rowKey={(it) => `${it.kind}/${it.id}`}
              onOpen={(it) => void navigate({ to: "/settings/documents/$kind/$id", params: it })}
              initialSort={{ key: "time", descending: true }}
              csvName="documents"
              height="fill"
              empty={<EmptyState title={t("documents.empty")} text={t("documents.empty_text")} />}
              toolbar={<Filters search={search} onChange={setSearch} />}
            />
          </Stack>
        )}
      </QueryBoundary>
    </SettingsPage>
  );
}

interface FiltersProps {
  search: DocumentsSearch;
  onChange: (part: { filter?: string | undefined; deleted?: true | undefined }) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  const { t } = useTranslation("settings");
  return (
    <>
      <TextInput
        size="xs"
        w={200}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t("documents.filter")}
        aria-label={t("documents.filter")}
        value={search.filter ?? ""}
        onChange={(event) => onChange({ filter: event.currentTarget.value || undefined })}
      />
      <Switch
        size="xs"
        label={t("documents.deleted_only")}
        checked={search.deleted === true}
        onChange={(event) => onChange({ deleted: event.currentTarget.checked || undefined })}
      />
    </>
  );
}

interface KindChipsProps {
  all: readonly Document[];
  kind: string | undefined;
  onChange: (kind: string | undefined) => void;
}

function KindChips({ all, kind, onChange }: KindChipsProps) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const { data: kinds = [] } = useQuery(kindsQuery);
  const names = [...new Set([...kinds.map((it) => it.kind), ...all.map((it) => it.kind)])].sort();
  const count = (name: string) => format.count(all.filter((it) => it.kind === name).length);
  return (
    <Chip.Group value={kind ?? ""} onChange={(value) => onChange(String(value) || undefined)}>
      <Group gap={6} role="group" aria-label={t("documents.kind")}>
        <Chip value="" size="xs">
          {t("documents.kind_count", {
            kind: t("documents.all_kinds"),
            count: format.count(all.length),
          })}
        </Chip>
        {names.map((name) => (
          <Chip key={name} value={name} size="xs">
            {t("documents.kind_count", { kind: name, count: count(name) })}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}

function useColumns(): Column<Document>[] {
  const { t } = useTranslation("settings");
  const format = useFormat();
  return [
    {
      key: "title",
      header: t("documents.title"),
      width: 180,
      grow: 2,
      value: titleOf,
    },
    { key: "kind", header: t("documents.kind"), width: 150, value: (it) => it.kind },
    { key: "id", header: t("documents.id"), width: 150, grow: 1, value: (it) => it.id },
    {
      key: "source",
      header: t("documents.source"),
      width: 110,
      value: (it) => it.source,
      cell: (it) =>
        it.source == null ? (
          "–"
        ) : (
          <Badge size="sm" variant="light" color="gray">
            {it.source}
          </Badge>
        ),
    },
    { key: "author", header: t("documents.author"), width: 110, value: (it) => it.author },
    {
      key: "revision",
      header: t("documents.revision"),
      width: 90,
      align: "right",
      value: (it) => it.revision,
    },
    {
      key: "time",
      header: t("documents.time"),
      width: 150,
      value: (it) => it.time_ms,
      cell: (it) => format.time(it.time_ms, "minute"),
    },
  ];
}
