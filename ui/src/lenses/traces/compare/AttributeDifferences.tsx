/** Values that slow spans have more often than fast ones, or less often; a click asks for one. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { fieldTerm, onlyValue } from "@/common/search-bar/query-edits";
import { type Formats, useFormat } from "@/design/use-format";
import { PercentBar } from "../PercentBar";
import type { ComparedAttribute } from "../traces-api";
import { chanceText, liftText } from "./comparison-text";

type Texts = (key: string, values?: Record<string, unknown>) => string;

interface AttributeDifferencesProps {
  rows: readonly ComparedAttribute[];
  query: string;
  onQuery: (query: string) => void;
}

export function AttributeDifferences({ rows, query, onQuery }: AttributeDifferencesProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const columns = useMemo(() => columnsOf(t as Texts, format), [t, format]);
  return (
    <DataTable
      label={t("compare.attributes")}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.service ?? ""} ${row.field} ${row.value}`}
      onOpen={(row) => onQuery(searchFor(query, row))}
      csvName="slow-against-fast"
      height={480}
    />
  );
}

/** Other spans of the traces are looked for by themselves: the search is about other ones. */
function searchFor(query: string, { service, field, value }: ComparedAttribute): string {
  return service === null
    ? onlyValue(query, field, value)
    : `${fieldTerm("service", [service])} ${fieldTerm(field, [value])}`;
}

function shareText(percent: number, count: number, format: Formats): string {
  return `${format.percent(percent)} (${format.short(count)})`;
}

/** The difference in words. */
function meaning(row: ComparedAttribute, t: Texts, format: Formats): string {
  const { key, ...rest } = liftText(row);
  const times = "times" in rest ? format.number(Math.round(rest.times * 10) / 10) : "";
  return t(`compare.lift.${key}`, { times });
}

function chance(row: ComparedAttribute, t: Texts, format: Formats): string {
  const { key, ...rest } = chanceText(row);
  const number = "number" in rest ? format.count(rest.number) : "";
  return t(`compare.chance.${key}`, { number });
}

function columnsOf(t: Texts, format: Formats): Column<ComparedAttribute>[] {
  const side = (name: "slow" | "fast"): Column<ComparedAttribute> => ({
    key: name,
    header: t(`compare.${name}`),
    value: (row) => row[`${name}_percent`],
    cell: (row) => (
      <PercentBar
        percent={row[`${name}_percent`]}
        text={shareText(row[`${name}_percent`], row[`${name}_count`], format)}
        tone={name}
      />
    ),
    width: 170,
  });
  return [
    {
      key: "key",
      header: t("compare.key"),
      value: (row) => row.key,
      cell: (row) => <code title={row.key}>{row.key}</code>,
      width: 172,
    },
    {
      key: "value",
      header: t("compare.value"),
      value: (row) => row.value,
      cell: (row) => (
        <span className="trace-link" title={t("compare.add", { value: row.value })}>
          {row.value === "" ? t("facet.no_value") : row.value}
        </span>
      ),
      width: 150,
      grow: 1,
    },
    {
      key: "service",
      header: t("compare.where"),
      hint: t("compare.where_hint"),
      value: (row) => row.service,
      cell: (row) => row.service ?? <span className="trace-soft">{t("compare.these_spans")}</span>,
      width: 100,
    },
    side("slow"),
    side("fast"),
    {
      key: "lift",
      header: t("compare.lift.title"),
      value: (row) => row.lift,
      cell: (row) => meaning(row, t, format),
      width: 204,
    },
    {
      key: "p_value",
      header: t("compare.chance.title"),
      hint: t("compare.chance.hint"),
      value: (row) => row.p_value,
      cell: (row) => <span title={pText(row)}>{chance(row, t, format)}</span>,
      width: 160,
    },
  ];
}

function pText({ p_value, adjusted_p_value }: ComparedAttribute): string {
  return `p = ${p_value.toPrecision(3)}\np (adjusted) = ${adjusted_p_value.toPrecision(3)}`;
}
