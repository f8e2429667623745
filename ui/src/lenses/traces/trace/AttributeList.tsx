/** Keys and values; a value can be copied, and asked for in the query lens. */
import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconSearch, IconZoomQuestion } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/common/CopyButton";
import { fieldTerm } from "@/common/search-bar/query-edits";
import { sqlOfAttribute } from "@/lenses/services/sql";
import { attributeRows } from "./attributes";

/** Spans with the same value are looked for this long before and after. */
const AROUND_MS = 30 * 60_000;

/** Other keys cannot be written in a search. */
const PLAIN_KEY = /^[\w.-]+$/;

/** An attribute of the resource is found as a tag, without a sign. */
function termOf(column: "attributes" | "resource_attributes", key: string, value: string): string {
  return fieldTerm(column === "attributes" ? `@${key}` : key, [value]);
}

interface AttributeListProps {
  attributes: Record<string, unknown>;
  filter?: string;
  /** The SQL column that holds them; no queries without it. */
  column?: "attributes" | "resource_attributes";
  /** When the trace happened. */
  timeMs?: number;
}

export function AttributeList({ attributes, filter, column, timeMs = 0 }: AttributeListProps) {
  const { t } = useTranslation("traces");
  const rows = attributeRows(attributes, filter);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(Object.keys(attributes).length === 0 ? "panel.no_attributes" : "panel.no_match")}
      </Text>
    );
  }
  const range = {
    from: String(Math.round(timeMs - AROUND_MS)),
    to: String(Math.round(timeMs + AROUND_MS)),
    env: undefined,
  };
  return (
    <dl className="attribute-list">
      {rows.map((row) => (
        <div key={row.key}>
          <dt>{row.key}</dt>
          <dd>
            <span className="attribute-value" {...reachable(row.key, row.text)}>
              {row.text}
            </span>
            <span className="attribute-actions">
              <CopyButton text={row.text} label={t("panel.copy_value", { key: row.key })} />
              {column === undefined ||
              row.queryText === undefined ||
              !PLAIN_KEY.test(row.key) ? null : (
                <Tooltip label={t("panel.search_value")}>
                  <ActionIcon
                    component={Link}
                    to="/traces"
                    search={{ ...range, q: termOf(column, row.key, row.queryText) } as never}
                    variant="subtle"
                    color="gray"
                    aria-label={t("panel.search_value_of", { key: row.key })}
                  >
                    <IconSearch size={16} />
                  </ActionIcon>
                </Tooltip>
              )}
              {column === undefined || row.queryText === undefined ? null : (
                <Tooltip label={t("panel.query_value")}>
                  <ActionIcon
                    component={Link}
                    to="/query"
                    search={
                      { ...range, q: sqlOfAttribute(column, row.key, row.queryText) } as never
                    }
                    variant="subtle"
                    color="gray"
                    aria-label={t("panel.query_value_of", { key: row.key })}
                  >
                    <IconZoomQuestion size={16} />
                  </ActionIcon>
                </Tooltip>
              )}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Values of at least this many characters may be higher than their field, which then scrolls. */
const SCROLLING_CHARACTERS = 200;

/** What scrolls must be reachable by keyboard. */
function reachable(key: string, text: string) {
  const mayScroll = text.length >= SCROLLING_CHARACTERS || text.includes("\n");
  return mayScroll ? { tabIndex: 0, role: "group", "aria-label": key } : {};
}
