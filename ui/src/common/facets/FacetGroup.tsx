/** One field: its values with their counts, the most frequent first. */
import { ActionIcon, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconBan, IconChevronDown, IconChevronRight, IconX } from "@tabler/icons-react";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { excludeValue, fieldFilter, toggleValue } from "@/common/search-bar/query-edits";
import { useFormat } from "@/design/use-format";

export interface Facet {
  field: string;
  values: { value: string | null; count: number }[];
  /** Whether there are more values. */
  more: boolean;
}

/** How the fields of a page are written. */
export interface FacetLook {
  /** Of the texts; which facets are folded is kept for each area. */
  area: "logs" | "traces";
  nameOf: (field: string) => string;
  /** Where it is absent, a value is shown as it is. */
  textOf?: ((field: string, value: string) => string) | undefined;
  /** Of the bar; where it is absent or gives nothing, that of the theme. */
  colorOf?: ((field: string, value: string | null) => string | undefined) | undefined;
}

interface FacetGroupProps extends FacetLook {
  field: string;
  /** Until it was counted. */
  facet: Facet | undefined;
  query: string;
  onQuery: (query: string) => void;
  onRemove: (() => void) | undefined;
}

export function FacetGroup({ facet, onRemove, ...rest }: FacetGroupProps) {
  const { area, field, nameOf } = rest;
  const { t } = useTranslation(area);
  const [isClosed, setIsClosed] = useLocalStorage({
    key: `hannun-${area}-facet-closed ${field}`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const values = facet?.values ?? [];
  const most = values.reduce((max, { count }) => Math.max(max, count), 0);
  return (
    <section className="facet" aria-label={nameOf(field)}>
      <div className="facet-head">
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
                {...rest}
                value={value}
                count={count}
                share={most === 0 ? 0 : count / most}
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

interface FacetValueProps extends FacetLook {
  field: string;
  value: string | null;
  count: number;
  share: number;
  query: string;
  onQuery: (query: string) => void;
}

function FacetValue({ field, value, count, share, query, onQuery, ...look }: FacetValueProps) {
  const { t } = useTranslation(look.area);
  const format = useFormat();
  const { included, excluded } = fieldFilter(query, field);
  const isExcluded = excluded.includes(value);
  const shown =
    value === null || value === "" ? t("facet.no_value") : (look.textOf?.(field, value) ?? value);
  const color = look.colorOf?.(field, value);
  const onClick = (event: MouseEvent) =>
    onQuery(event.altKey ? excludeValue(query, field, value) : toggleValue(query, field, value));
  return (
    <li data-excluded={isExcluded}>
      <UnstyledButton
        className="facet-value"
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
