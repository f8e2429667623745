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
import { type FormEvent, type MouseEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { excludeValue, fieldFilter, toggleValue } from "@/common/search-bar/query-edits";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { useFormat } from "@/design/use-format";
import { type Asked, type Facet, facetsQuery } from "../logs-api";
import { knownStatus, STATUS_COLORS } from "../status";
import { facetFields, facetQuestions, USUAL_FACETS } from "./facet-fields";

const WIDE = "(min-width: 1100px)";

interface FacetsProps {
  asked: Asked;
  added: readonly string[] | undefined;
  onQuery: (query: string) => void;
  onAdded: (fields: string[]) => void;
}

export function Facets(props: FacetsProps) {
  const { t } = useTranslation("logs");
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  const [opened, { open, close }] = useDisclosure(false);
  if (isWide) {
    return (
      <aside className="log-facets" aria-label={t("facet.label")}>
        <FacetList {...props} />
      </aside>
    );
  }
  return (
    <>
      <Button
        className="log-facets-button"
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

function FacetList({ asked, added, onQuery, onAdded }: FacetsProps) {
  const { t } = useTranslation("logs");
  const fields = facetFields(added);
  const questions = facetQuestions(asked.query, fields);
  const queries = useQueries({
    queries: questions.map((it) => facetsQuery({ ...asked, query: it.query }, it.fields)),
  });
  const facets = new Map(
    queries.flatMap(({ data }) => data?.facets ?? []).map((it) => [it.field, it]),
  );
  const failed = queries.find(({ error }) => error !== null);
  const sampledFrom = queries.find(({ data }) => data?.sampled_from != null)?.data?.sampled_from;
  if (queries.every(({ data }) => data === undefined)) {
    // An error in the search is shown where it was written.
    return failed === undefined ? (
      <Loading rows={12} height={24} />
    ) : searchErrorIn(failed.error) === undefined ? (
      <ErrorBox error={failed.error} onRetry={() => void failed.refetch()} />
    ) : null;
  }
  return (
    <>
      {failed === undefined || searchErrorIn(failed.error) !== undefined ? null : (
        <ErrorBox error={failed.error} onRetry={() => void failed.refetch()} />
      )}
      {sampledFrom == null ? null : (
        <Text size="xs" c="dimmed">
          {t("facet.sampled")}
        </Text>
      )}
      {fields.map((field) => (
        <FacetGroup
          key={field}
          field={field}
          facet={facets.get(field)}
          query={asked.query}
          onQuery={onQuery}
          onRemove={
            USUAL_FACETS.includes(field)
              ? undefined
              : () => onAdded((added ?? []).filter((it) => it !== field))
          }
        />
      ))}
      <AddFacet onAdd={(field) => onAdded([...new Set([...(added ?? []), field])])} />
    </>
  );
}

const FIELD_NAMES = [
  "status",
  "service",
  "env",
  "host",
  "container_name",
  "kube_namespace",
] as const;

/** The name of a field in the language of the person, or as it is written in a search. */
export function useFieldName(): (field: string) => string {
  const { t } = useTranslation("logs");
  return (field) => {
    const known = FIELD_NAMES.find((it) => it === field);
    return known === undefined ? field : t(`field.${known}`);
  };
}

interface FacetGroupProps {
  field: string;
  facet: Facet | undefined;
  query: string;
  onQuery: (query: string) => void;
  onRemove: (() => void) | undefined;
}

function FacetGroup({ field, facet, query, onQuery, onRemove }: FacetGroupProps) {
  const { t } = useTranslation("logs");
  const nameOf = useFieldName();
  const [isClosed, setIsClosed] = useLocalStorage({
    key: `hannun-logs-facet-closed ${field}`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const values = facet?.values ?? [];
  const most = values.reduce((max, { count }) => Math.max(max, count), 0);
  return (
    <section className="log-facet" aria-label={nameOf(field)}>
      <div className="log-facet-head">
        <UnstyledButton aria-expanded={!isClosed} onClick={() => setIsClosed(!isClosed)}>
          {isClosed ? (
            <IconChevronRight size={14} aria-hidden />
          ) : (
            <IconChevronDown size={14} aria-hidden />
          )}
          <span>{nameOf(field)}</span>
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
          {values.length === 0 ? (
            <Text size="xs" c="dimmed" pl={20}>
              {t("facet.none")}
            </Text>
          ) : null}
          {facet?.more === true ? (
            <Text size="xs" c="dimmed" pl={20}>
              {t("facet.more", { field })}
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
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { included, excluded } = fieldFilter(query, field);
  const isExcluded = excluded.includes(value);
  const isStatus = field === "status";
  const shown =
    value === null || value === ""
      ? t("facet.no_value")
      : isStatus
        ? t(`status.${knownStatus(value)}`)
        : value;
  const color = isStatus ? STATUS_COLORS[knownStatus(value)] : undefined;
  const onClick = (event: MouseEvent) =>
    onQuery(event.altKey ? excludeValue(query, field, value) : toggleValue(query, field, value));
  return (
    <li data-excluded={isExcluded}>
      <UnstyledButton
        className="log-facet-value"
        aria-pressed={included.includes(value)}
        title={shown}
        onClick={onClick}
      >
        <i
          aria-hidden="true"
          style={{
            width: `${100 * share}%`,
            ...(color === undefined ? {} : { background: color }),
          }}
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
  const { t } = useTranslation("logs");
  const [field, setField] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (field.trim() !== "") {
      onAdd(field.trim());
      setField("");
    }
  };
  return (
    <form onSubmit={submit} className="log-facet-add">
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
