/** The values of a chart as a table: the form for keyboards and screen readers. */

import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { type Column, DataTable } from "./DataTable";
import type { TimeChartProps } from "./TimeChart";

interface Moment {
  timeMs: number;
  values: (number | null)[];
}

export function ChartTable({ title, timesMs, series, format, height = 180 }: TimeChartProps) {
  const { t } = useTranslation();
  const formats = useFormat();
  const rows = timesMs.map((timeMs, index) => ({
    timeMs,
    values: series.map((it) => it.values[index] ?? null),
  }));
  const columns: Column<Moment>[] = [
    {
      key: "time",
      header: t("time"),
      value: (row) => row.timeMs,
      cell: (row) => formats.time(row.timeMs),
      width: 170,
    },
    ...series.map(
      (it, index): Column<Moment> => ({
        key: it.name,
        header: it.name,
        align: "right",
        grow: 1,
        value: (row) => row.values[index],
        cell: (row) => {
          const value = row.values[index];
          return value === null || value === undefined ? "–" : format(value);
        },
      }),
    ),
  ];
  return (
    <DataTable
      label={title}
      rows={rows}
      columns={columns}
      rowKey={(row) => String(row.timeMs)}
      csvName={title}
      height={height}
    />
  );
}
