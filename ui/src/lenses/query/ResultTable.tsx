/** The rows of a result; a row opens beside the table with every value in full. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { SidePanel } from "@/common/SidePanel";
import { COLUMNS_DRAWN_MAX } from "@/common/use-column-range";
import { type Formats, useFormat } from "@/design/use-format";
import { columnWidth, prettyJson, type ShownCell, showCell } from "./cells";
import { isNumberColumn, type ResultColumn } from "./chart-choice";
import { RecordView } from "./RecordView";
import type { Result } from "./run-query";

interface ResultRow {
  index: number;
  cells: readonly unknown[];
}

export function ResultTable({ result }: { result: Result }) {
  const { t } = useTranslation("query");
  const format = useFormat();
  const [opened, setOpened] = useState<ResultRow | null>(null);
  const rows = useMemo(() => result.rows.map((cells, index) => ({ index, cells })), [result]);
  const columns = useMemo(
    () => result.columns.map((column, at) => tableColumn(column, at, result, format)),
    [result, format],
  );
  return (
    <>
      <DataTable
        label={t("result.label")}
        rows={rows}
        columns={columns}
        rowKey={(row) => String(row.index)}
        onOpen={setOpened}
        openedKey={opened === null ? undefined : String(opened.index)}
        csvName="query"
        height="fill"
      />
      <SidePanel
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={t("result.row", { number: (opened?.index ?? 0) + 1 })}
      >
        {opened === null ? null : <RecordView columns={result.columns} cells={opened.cells} />}
      </SidePanel>
    </>
  );
}

function tableColumn(
  column: ResultColumn,
  at: number,
  result: Result,
  format: Formats,
): Column<ResultRow> {
  const isNumber = isNumberColumn(column);
  // Only the cells in view are drawn then, which needs widths that are known.
  const isWide = result.columns.length > COLUMNS_DRAWN_MAX;
  return {
    key: `${at} ${column.name}`,
    header: column.name,
    value: (row) => sortValue(row.cells[at], isNumber),
    cell: (row) => <CellView cell={showCell(row.cells[at], column, format)} />,
    width: columnWidth(column, at, result.rows, format),
    grow: isWide || (column.type !== "text" && column.type !== "json") ? 0 : 1,
    ...(isNumber ? { align: "right" as const } : {}),
  };
}

/** What is sorted and downloaded: numbers as numbers, the rest as the server wrote it. */
function sortValue(value: unknown, isNumber: boolean): string | number | boolean | null {
  if (value === null || value === undefined) {
    return null;
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  if (typeof value === "string") {
    return isNumber && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  return prettyJson(JSON.stringify(value));
}

export function CellView({ cell }: { cell: ShownCell }) {
  switch (cell.kind) {
    case "absent":
      return <span className="cell-absent">{cell.text}</span>;
    case "trace":
      return (
        <Link
          to="/traces/$traceId"
          params={{ traceId: cell.text }}
          className="cell-link"
          onClick={(event) => event.stopPropagation()}
        >
          {cell.text}
        </Link>
      );
    default:
      return (
        <span className={`cell-${cell.kind}`} title={cell.exact ?? cell.text}>
          {cell.text}
        </span>
      );
  }
}
