/** The operations of a trace: how often each ran, and which part of the time was its own. */
import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { PercentBar } from "../PercentBar";
import type { LoadedTrace } from "./load-trace";
import type { OperationShare } from "./summary";
import type { Texts } from "./WaterfallRow";

interface OperationsTableProps {
  loaded: LoadedTrace;
  sort: string | undefined;
  /** Shows the longest span of the operation. */
  onOpen: (row: number) => void;
}

const FIRST_SORT = { key: "self", descending: true };

export function OperationsTable({ loaded, sort, onOpen }: OperationsTableProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const change = useSearchChange();
  const { rows, leftOut } = loaded.operations;
  const columns = useMemo(() => columnsOf(t as Texts, format), [t, format]);
  return (
    <>
      {leftOut === 0 ? null : (
        <Text size="sm" c="dimmed">
          {t("operations.left_out", { number: format.count(leftOut) })}
        </Text>
      )}
      <DataTable
        label={t("view.table")}
        rows={rows}
        columns={columns}
        rowKey={(row) => `${row.service} ${row.operation}`}
        onOpen={(row) => onOpen(row.longest)}
        initialSort={FIRST_SORT}
        sort={readSort(sort)}
        onSortChange={(next) => change({ sort: sortText(next) }, true)}
        csvName={`operations-${loaded.facts.trace_id}`}
        height="fill"
      />
    </>
  );
}

function columnsOf(t: Texts, format: Formats): Column<OperationShare>[] {
  const time = (key: string, percent: string, ns: (row: OperationShare) => number) => ({
    key,
    header: t(`time.${key}`),
    hint: t(`time.${key}_hint`),
    value: (row: OperationShare) => ns(row) / 1e6,
    cell: (row: OperationShare) => (
      <PercentBar
        percent={percent === "self" ? row.selfPercent : row.criticalPercent}
        text={format.durationNs(ns(row))}
      />
    ),
    width: 190,
  });
  const number = (key: "spans" | "errors"): Column<OperationShare> => ({
    key,
    header: t(`column.${key}`),
    value: (row) => row[key],
    cell: (row) => (
      <span className={key === "errors" && row[key] > 0 ? "trace-error" : undefined}>
        {format.count(row[key])}
      </span>
    ),
    align: "right",
    width: 90,
  });
  return [
    { key: "service", header: t("panel.service"), value: (row) => row.service, width: 150 },
    {
      key: "operation",
      header: t("column.operation"),
      value: (row) => row.operation,
      cell: (row) => <span title={row.operation}>{row.operation}</span>,
      width: 220,
      grow: 1,
    },
    number("spans"),
    number("errors"),
    time("self", "self", (row) => row.selfNs),
    time("critical", "critical", (row) => row.criticalNs),
    {
      key: "longest",
      header: t("operations.longest"),
      value: (row) => row.durationNsMax / 1e6,
      cell: (row) => format.durationNs(row.durationNsMax),
      align: "right",
      width: 110,
    },
  ];
}
