/** In which operations the traces of slow spans spend more time of their own. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { type Formats, useFormat } from "@/design/use-format";
import { PercentBar } from "../PercentBar";
import type { ComparedTime } from "../traces-api";

type Texts = (key: string, values?: Record<string, unknown>) => string;
const FIRST_SORT = { key: "difference", descending: true };

export function TimeDifferences({ rows }: { rows: readonly ComparedTime[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const columns = useMemo(() => {
    const most = rows.reduce((max, row) => Math.max(max, Math.abs(row.difference_ms)), 0);
    return columnsOf(most, t as Texts, format);
  }, [rows, t, format]);
  return (
    <DataTable
      label={t("compare.time")}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.service} ${row.operation}`}
      initialSort={FIRST_SORT}
      csvName="self-time-slow-against-fast"
      height={420}
    />
  );
}

function columnsOf(most: number, t: Texts, format: Formats): Column<ComparedTime>[] {
  const time = (key: "slow" | "fast"): Column<ComparedTime> => ({
    key,
    header: t(`compare.${key}_self`),
    value: (row) => row[`${key}_self_ms`],
    cell: (row) => format.durationMs(row[`${key}_self_ms`]),
    align: "right",
    width: 150,
  });
  const signed = (ms: number) => `${ms < 0 ? "−" : "+"}${format.durationMs(Math.abs(ms))}`;
  return [
    { key: "service", header: t("column.service"), value: (row) => row.service, width: 150 },
    {
      key: "operation",
      header: t("column.operation"),
      value: (row) => row.operation,
      cell: (row) => <span title={row.operation}>{row.operation}</span>,
      width: 220,
      grow: 1,
    },
    time("slow"),
    time("fast"),
    {
      key: "difference",
      header: t("compare.difference"),
      value: (row) => row.difference_ms,
      cell: (row) => (
        <PercentBar
          percent={most === 0 ? 0 : (100 * Math.abs(row.difference_ms)) / most}
          text={signed(row.difference_ms)}
          tone={row.difference_ms < 0 ? "fast" : "slow"}
        />
      ),
      width: 220,
    },
  ];
}
