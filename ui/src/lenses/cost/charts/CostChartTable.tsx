/** The amounts of a chart as a table: the form for keyboards and screen readers. */
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { addMoney, type MoneyText, moneyNumber } from "@/common/money";
import { useMoney } from "../marks/use-money";
import { bucketText } from "./buckets";
import type { CostChartProps } from "./CostChart";

interface Moment {
  startMs: number;
  amounts: MoneyText[];
}

export function CostChartTable(props: CostChartProps) {
  const { title, bucketsMs, granularity, series, currency, height = 220 } = props;
  const { t } = useTranslation("cost");
  const money = useMoney(currency);
  const rows = bucketsMs.map((startMs, at) => ({
    startMs,
    amounts: series.map((it) => it.amounts[at] ?? "0"),
  }));
  const amountColumn = (
    key: string,
    header: string,
    amountOf: (row: Moment) => MoneyText,
  ): Column<Moment> => ({
    key,
    header,
    align: "right",
    grow: 1,
    value: (row) => moneyNumber(amountOf(row)),
    cell: (row) => <span title={money.exact(amountOf(row))}>{money.text(amountOf(row))}</span>,
  });
  const columns: Column<Moment>[] = [
    {
      key: "time",
      header: t(`every.${granularity}`),
      value: (row) => bucketText(row.startMs, granularity),
      width: 140,
    },
    amountColumn("total", t("column.total"), (row) => addMoney(row.amounts)),
    ...(series.length < 2
      ? []
      : series.map((it, at) =>
          amountColumn(`series ${at}`, it.name, (row) => row.amounts[at] ?? "0"),
        )),
  ];
  return (
    <DataTable
      label={title}
      rows={rows}
      columns={columns}
      rowKey={(row) => String(row.startMs)}
      csvName={title}
      height={height}
    />
  );
}
