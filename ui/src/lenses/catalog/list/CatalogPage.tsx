/** All services, declared or seen: whose they are, what they send, and what is wrong with them. */
import { Alert, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { CatalogNav } from "../CatalogNav";
import { CountedFrom } from "../CountedFrom";
import { type Catalog, catalogQuery, useScope } from "../catalog-api";
import { type CatalogSearch, KINDS_LISTED, type KindListed } from "../catalog-search";
import { catalogColumns, type Texts } from "./columns";
import { DeclareButton } from "./DeclareButton";
import { HowToDeclare } from "./HowToDeclare";
import "../catalog.css";

const route = getRouteApi("/shell/catalog");
const FIRST_SORT = { key: "name", descending: false };
const TYPING_MS = 300;

export default function CatalogPage() {
  const { t } = useTranslation("catalog");
  const search = route.useSearch();
  const query = useQuery(catalogQuery(useScope(), search));
  return (
    <Page title={t("title")} header={<CatalogNav team={search.team} />} actions={<DeclareButton />}>
      <Filters catalog={query.data} />
      <QueryBoundary
        query={query}
        isEmpty={(catalog) => catalog.services.length === 0}
        empty={<NoServices catalog={query.data} search={search} />}
      >
        {(catalog) => (
          <Stack gap="md">
            <ServiceTable catalog={catalog} />
            <CountedFrom countedFromMs={catalog.counted_from_ms} />
            {catalog.declared === 0 ? <HowToDeclare /> : null}
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

/** Teaches what the list is for, or says which filter leaves nothing. */
function NoServices({ catalog, search }: { catalog: Catalog | undefined; search: CatalogSearch }) {
  const { t } = useTranslation("catalog");
  if (catalog === undefined) {
    return null;
  }
  if (search.q !== undefined || search.team !== undefined) {
    return <EmptyState title={t("empty.no_match")} text={t("empty.no_match_text")} />;
  }
  const isNothingKnown = catalog.declared + catalog.undeclared === 0;
  const key = isNothingKnown ? "nothing" : (search.only ?? "nothing");
  return (
    <Stack gap="md">
      <EmptyState
        title={t(`empty.${key}`)}
        text={t(`empty.${key}_text`)}
        sendData={isNothingKnown}
      />
      {catalog.declared === 0 ? <HowToDeclare /> : null}
    </Stack>
  );
}

function Filters({ catalog }: { catalog: Catalog | undefined }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const counts: Record<KindListed, number | undefined> = {
    all: catalog && catalog.declared + catalog.undeclared,
    declared: catalog?.declared,
    undeclared: catalog?.undeclared,
    unseen: catalog?.unseen,
  };
  const known = catalog?.teams ?? [];
  const teams = [...new Set([...known, ...(search.team ? [search.team] : [])])].sort();
  return (
    <div className="catalog-filters">
      <SegmentedControl
        size="sm"
        className="catalog-kinds"
        aria-label={t("filter.kind")}
        value={search.only ?? "all"}
        onChange={(next) => change({ only: next === "all" ? undefined : next })}
        data={KINDS_LISTED.map((value) => ({
          value,
          label:
            counts[value] === undefined
              ? t(`filter.kinds.${value}`)
              : t("filter.with_count", {
                  kind: t(`filter.kinds.${value}`),
                  number: format.count(counts[value]),
                }),
        }))}
      />
      <Select
        size="sm"
        w={180}
        aria-label={t("filter.team")}
        placeholder={t("filter.all_teams")}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("filter.all_teams") }}
        nothingFoundMessage={t("filter.no_team")}
        data={teams}
        value={search.team ?? null}
        onChange={(next) => change({ team: next ?? undefined })}
      />
      <WordsInput
        words={search.q ?? ""}
        onChange={(next) => change({ q: next === "" ? undefined : next }, true)}
      />
    </div>
  );
}

/** Asks once the typing pauses. */
function WordsInput({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const { t } = useTranslation("catalog");
  const [typed, setTyped] = useState(words);
  const write = useDebouncedCallback(onChange, TYPING_MS);
  useEffect(() => setTyped(words), [words]);
  return (
    <TextInput
      size="sm"
      className="catalog-words"
      aria-label={t("filter.words")}
      placeholder={t("filter.words")}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        write(event.currentTarget.value);
      }}
    />
  );
}

function ServiceTable({ catalog }: { catalog: Catalog }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const navigate = useNavigate();
  const columns = useMemo(() => catalogColumns(t as unknown as Texts, format), [t, format]);
  return (
    <Stack gap="xs">
      {catalog.truncated ? (
        <Alert variant="light" p="xs">
          {t("truncated", { number: format.count(catalog.services.length) })}
        </Alert>
      ) : null}
      <DataTable
        label={t("title")}
        rows={catalog.services}
        columns={columns}
        rowKey={(row) => row.name}
        onOpen={({ name }) =>
          void navigate({
            to: "/catalog/$service",
            params: { service: name },
          })
        }
        initialSort={FIRST_SORT}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName="service-catalog"
        height="fill"
      />
    </Stack>
  );
}
