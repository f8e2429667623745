/** Cost, quantity and what one costs, by the chosen dimension. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { readSort, sortText } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { Money } from "../marks/Money";
import type { UnitCosts, UnitRow } from "./units-api";

const FIRST_SORT = { key: "cost", descending: true };
const HEIGHT_MAX = 420;

interface UnitTableProps {
  units: UnitCosts;
  business: string;
  sort: string | undefined;
  onSort: (sort: string) => void;
}

export function UnitTable({ units, business, sort, onSort }: UnitTableProps) {
  const { t } = useTranslation("cost-units");
  const format = useFormat();
  const { currency, rows, total } = units;
  const columns = useMemo((): Column<UnitRow>[] => {
    const amount = (key: "cost" | "unit_cost"): Column<UnitRow> => ({
      key,
      header: t(`column.${key}`, { business }),
      value: (row) => (row[key] === null ? null : moneyNumber(row[key])),
      cell: (row) => <Money amount={row[key]} currency={currency} />,
      align: "right",
      width: 150,
    });
    return [
      {
        key: "key",
        header: t("column.key"),
        value: (row) => row.key ?? t("all"),
        width: 180,
        grow: 2,
      },
      amount("cost"),
      {
        key: "quantity",
        header: business,
        value: (row) => Number(row.quantity),
        cell: (row) => format.count(Number(row.quantity)),
        align: "right",
        width: 130,
      },
      amount("unit_cost"),
    ];
  }, [t, format, currency, business]);
  return (
    <DataTable
      label={t("table", { business })}
      rows={rows.length > 1 ? rows : [total]}
      columns={columns}
      rowKey={(row) => row.key ?? "\u0000"}
      initialSort={FIRST_SORT}
      sort={readSort(sort)}
      onSortChange={(next) => onSort(sortText(next))}
      csvName={`unit-cost-${business}`}
      height={HEIGHT_MAX}
    />
  );
}
