/** Values of the usual fields with their counts; a click adds one to the search. */
import {
  ActionIcon,
  Button,
  Drawer,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconBan, IconChevronDown, IconChevronRight, IconFilter, IconX } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { type FormEvent, type MouseEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { excludeValue, fieldFilter, toggleValue } from "@/common/search-bar/query-edits";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { useFormat } from "@/design/use-format";
import type { TraceFacet } from "../traces-api";
import { type Asked, facetsQuery } from "../traces-api";
import { facetFields, facetQuestions, USUAL_FACETS } from "./facet-fields";

const WIDE = "(min-width: 1100px)";

interface FacetsProps {
  asked: Asked;
  added: readonly string[] | undefined;
  onQuery: (query: string) => void;
  onAdded: (fields: string[]) => void;
}

export function Facets(props: FacetsProps) {
  const { t } = useTranslation("traces");
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  const [opened, { open, close }] = useDisclosure(false);
  if (isWide) {
    return (
      <aside className="trace-facets" aria-label={t("facet.label")}>
        <FacetList {...props} />
      </aside>
    );
  }
  return (
    <>
      <Button
        className="trace-facets-button"
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
function useFacets(loaded: readonly TraceFacet[]): ReadonlyMap<string, TraceFacet> {
  const known = useRef(new Map<string, TraceFacet>());
  for (const facet of loaded) {
    known.current.set(facet.field, facet);
  }
  return known.current;
}

function FacetList({ asked, added, onQuery, onAdded }: FacetsProps) {
  const { t } = useTranslation("traces");
  const fields = facetFields(added);
  const questions = facetQuestions(asked.query, fields);
  const queries = useQueries({
    queries: questions.map((it) => facetsQuery({ ...asked, query: it.query }, it.fields)),
  });
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
          field={field}
          facet={facets.get(field)}
          query={asked.query}
          onQuery={onQuery}
          onRemove={
            USUAL_FACETS.some((it) => it.field === field)
              ? undefined
              : () => onAdded((added ?? []).filter((it) => it !== field))
          }
        />
      ))}
      <AddFacet onAdd={(field) => onAdded([...new Set([...(added ?? []), field])])} />
    </>
  );
}

interface FacetGroupProps {
  field: string;
  facet: TraceFacet | undefined;
  query: string;
  onQuery: (query: string) => void;
  onRemove: (() => void) | undefined;
}

function FacetGroup({ field, facet, query, onQuery, onRemove }: FacetGroupProps) {
  const { t } = useTranslation("traces");
  const [isClosed, setIsClosed] = useLocalStorage({
    key: `hannun-traces-facet-closed ${field}`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const usual = USUAL_FACETS.find((it) => it.field === field);
  const name = usual === undefined ? field : t(`field.${usual.key}`);
  const values = facet?.values ?? [];
  const most = values.reduce((max, { count }) => Math.max(max, count), 0);
  return (
    <section className="trace-facet" aria-label={name}>
      <div className="trace-facet-head">
        <UnstyledButton aria-expanded={!isClosed} onClick={() => setIsClosed(!isClosed)}>
          {isClosed ? (
            <IconChevronRight size={14} aria-hidden />
          ) : (
            <IconChevronDown size={14} aria-hidden />
          )}
          <span>{name}</span>
        </UnstyledButton>
        {onRemove === undefined ? null : (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t("facet.remove", { field })}
            onClick={onRemove}
          >
            <IconX size={14} />
          </ActionIcon>
        )}
      </div>
      {isClosed ? null : (
        <>
          <ul>
            {values.map(({ value, count }) => (
              <FacetValue
                key={value ?? "\u0000"}
                field={field}
                value={value}
                count={count}
                share={most === 0 ? 0 : count / most}
                query={query}
                onQuery={onQuery}
              />
            ))}
          </ul>
          {facet !== undefined && (values.length === 0 || facet.more) ? (
            <Text size="xs" c="dimmed" pl={20}>
              {values.length === 0 ? t("facet.none") : t("facet.more", { field })}
            </Text>
          ) : null}
        </>
      )}
    </section>
  );
}

interface FacetValueProps {
  field: string;
  value: string | null;
  count: number;
  share: number;
  query: string;
  onQuery: (query: string) => void;
}

function FacetValue({ field, value, count, share, query, onQuery }: FacetValueProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { included, excluded } = fieldFilter(query, field);
  const isExcluded = excluded.includes(value);
  const shown = value === null || value === "" ? t("facet.no_value") : value;
  const onClick = (event: MouseEvent) =>
    onQuery(event.altKey ? excludeValue(query, field, value) : toggleValue(query, field, value));
  return (
    <li data-excluded={isExcluded}>
      <UnstyledButton
        className="trace-facet-value"
        aria-pressed={included.includes(value)}
        title={shown}
        onClick={onClick}
      >
        <i
          aria-hidden="true"
          data-error={field === "status" && value === "error"}
          style={{ width: `${100 * share}%` }}
        />
        <span>{shown}</span>
        <span className="num">{format.short(count)}</span>
      </UnstyledButton>
      <Tooltip label={t("facet.exclude")}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={t("facet.exclude_value", { value: shown })}
          aria-pressed={isExcluded}
          onClick={() => onQuery(excludeValue(query, field, value))}
        >
          <IconBan size={14} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

function AddFacet({ onAdd }: { onAdd: (field: string) => void }) {
  const { t } = useTranslation("traces");
  const [field, setField] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (field.trim() !== "") {
      onAdd(field.trim());
      setField("");
    }
  };
  return (
    <form onSubmit={submit} className="trace-facet-add">
      <TextInput
        size="xs"
        aria-label={t("facet.add")}
        placeholder={t("facet.add")}
        value={field}
        onChange={(event) => setField(event.currentTarget.value)}
      />
    </form>
  );
}
