/**
 * Values of the usual fields with their counts; a click adds one to the search. The texts are those
 * under `facet.` of the page's area.
 */
import { Button, Drawer, Text, TextInput } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { type UseQueryOptions, useQueries } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { type Facet, FacetGroup, type FacetLook } from "./FacetGroup";
import { type FacetQuestion, facetFields, facetQuestions } from "./facet-fields";
import "./facets.css";

const WIDE = "(min-width: 1100px)";

export interface FacetAnswer {
  facets: Facet[];
  /** Null when everything was counted. */
  sampled_from: number | null;
}

interface FacetsProps extends FacetLook {
  query: string;
  /** Fields that are always there. */
  usual: readonly string[];
  added: readonly string[] | undefined;
  ask: (question: FacetQuestion) => UseQueryOptions<FacetAnswer>;
  onQuery: (query: string) => void;
  onAdded: (fields: string[]) => void;
}

export function Facets(props: FacetsProps) {
  const { t } = useTranslation(props.area);
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  const [opened, { open, close }] = useDisclosure(false);
  if (isWide) {
    return (
      <aside className="facets" aria-label={t("facet.label")}>
        <FacetList {...props} />
      </aside>
    );
  }
  return (
    <>
      <Button
        className="facets-button"
        variant="default"
        leftSection={<IconFilter size={16} aria-hidden />}
        onClick={open}
      >
        {t("facet.label")}
      </Button>
      <Drawer
        opened={opened}
        onClose={close}
        title={t("facet.label")}
        size={320}
        closeButtonProps={{ "aria-label": t("facet.close") }}
        {...({ attributes: { header: { role: "presentation" } } } as object)}
      >
        {opened ? <FacetList {...props} /> : null}
      </Drawer>
    </>
  );
}

/** By field; what was known stays until something newer comes, so that nothing jumps. */
function useFacets(loaded: readonly Facet[]): ReadonlyMap<string, Facet> {
  const known = useRef(new Map<string, Facet>());
  for (const facet of loaded) {
    known.current.set(facet.field, facet);
  }
  return known.current;
}

function FacetList({ query, usual, added, ask, onQuery, onAdded, ...look }: FacetsProps) {
  const { t } = useTranslation(look.area);
  const fields = facetFields(usual, added);
  const questions = facetQuestions(query, fields);
  const queries = useQueries({ queries: questions.map(ask) });
  const facets = useFacets(queries.flatMap(({ data }) => data?.facets ?? []));
  // An error in the search is shown where it was written.
  const failed = queries.find(({ error }) => error !== null && searchErrorIn(error) === undefined);
  const isLoading = queries.some(({ data, error }) => data === undefined && error === null);
  if (facets.size === 0 && isLoading) {
    return <Loading rows={12} height={24} />;
  }
  return (
    <>
      {failed === undefined ? null : (
        <ErrorBox error={failed.error} onRetry={() => void failed.refetch()} />
      )}
      {queries.some(({ data }) => data?.sampled_from != null) ? (
        <Text size="xs" c="dimmed">
          {t("facet.sampled")}
        </Text>
      ) : null}
      {fields.map((field) => (
        <FacetGroup
          key={field}
          {...look}
          field={field}
          facet={facets.get(field)}
          query={query}
          onQuery={onQuery}
          onRemove={
            usual.includes(field)
              ? undefined
              : () => onAdded((added ?? []).filter((it) => it !== field))
          }
        />
      ))}
      <AddFacet
        label={t("facet.add")}
        onAdd={(field) => onAdded([...new Set([...(added ?? []), field])])}
      />
    </>
  );
}

function AddFacet({ label, onAdd }: { label: string; onAdd: (field: string) => void }) {
  const [field, setField] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (field.trim() !== "") {
      onAdd(field.trim());
      setField("");
    }
  };
  return (
    <form onSubmit={submit} className="facet-add">
      <TextInput
        size="xs"
        aria-label={label}
        placeholder={label}
        value={field}
        onChange={(event) => setField(event.currentTarget.value)}
      />
    </form>
  );
}
