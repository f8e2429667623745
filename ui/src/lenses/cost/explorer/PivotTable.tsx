/** The answer as a table: dimensions, total, change and share, then time or values as columns. */
import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { downloadCsv } from "@/common/csv";
import { DataTable } from "@/common/DataTable";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useCost } from "../cost-context";
import type { Exploration } from "../cost-types";
import { useDimensionText, useValueText } from "../marks/dimensions";
import { useMoney } from "../marks/use-money";
import { csvTable, pivotColumns, pivotTable, type TableRow } from "./pivot-columns";
import { dimensionsOf, granularityOf } from "./request";

const route = getRouteApi("/shell/cost/explore");
const FIRST_SORT = { key: "total", descending: true };
const CHANGE_SORT = { key: "difference", descending: true };

interface PivotTableProps {
  answer: Exploration;
  onOpen: (keys: (string | null)[], dimensions: string[]) => void;
}

export function PivotTable({ answer, onOpen }: PivotTableProps) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const money = useMoney(answer.currency);
  const dimensionText = useDimensionText();
  const valueText = useValueText();
  const change = useSearchChange();
  const search = route.useSearch();
  const { period } = useCost();
  const by = dimensionsOf(search);
  const isPivoted = search.columns === "dimension" && by.length > 1;
  const shape = isPivoted ? "dimension" : (search.columns ?? "time");
  const table = useMemo(
    () => pivotTable(answer, by, shape, granularityOf(search, period)),
    [answer, by, shape, search, period],
  );
  const texts = { t, format, money, dimensionText, valueText };
  const columns = pivotColumns(table, texts);
  const download = () => {
    const { header, lines } = csvTable(table, texts, answer);
    downloadCsv(`cost-${table.dimensions.join("-")}`, header, lines);
  };
  return (
    <DataTable
      label={t("explore.table")}
      rows={table.rows}
      columns={columns}
      rowKey={(row: TableRow) => (row.isOthers ? "others" : JSON.stringify(row.keys))}
      onOpen={(row: TableRow) => {
        if (!row.isOthers) {
          onOpen(row.keys, table.dimensions);
        }
      }}
      initialSort={search.largest === "change" ? CHANGE_SORT : FIRST_SORT}
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      height="fill"
      toolbar={
        <>
          <ColumnsChoice shape={shape} isGrouped={by.length > 1} last={by.at(-1) ?? ""} />
          <Tooltip label={t("explore.csv")}>
            <ActionIcon variant="default" aria-label={t("explore.csv")} onClick={download}>
              <IconDownload size={16} />
            </ActionIcon>
          </Tooltip>
        </>
      }
    />
  );
}

interface ColumnsChoiceProps {
  shape: "time" | "dimension" | "none";
  isGrouped: boolean;
  /** The dimension that may become the columns. */
  last: string;
}

function ColumnsChoice({ shape, isGrouped, last }: ColumnsChoiceProps) {
  const { t } = useTranslation("cost");
  const dimensionText = useDimensionText();
  const change = useSearchChange();
  const choices = [
    { value: "time", label: t("explore.columns_time") },
    ...(isGrouped ? [{ value: "dimension", label: dimensionText(last) }] : []),
    { value: "none", label: t("explore.columns_none") },
  ];
  return (
    <SegmentedControl
      size="xs"
      className="cost-choice"
      aria-label={t("explore.columns")}
      data={choices}
      value={shape}
      onChange={(next) => change({ columns: next === "time" ? undefined : next, sort: undefined })}
    />
  );
}
