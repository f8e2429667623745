/** What each value of the tag costs. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { readSort, sortText } from "@/common/use-search-change";
import { Money, ShareBar } from "../marks/Money";
import type { AllocatedValue, Allocation } from "./allocation-api";

const FIRST_SORT = { key: "total", descending: true };
const AMOUNTS = ["direct", "shared", "idle", "total"] as const;
const HEIGHT_MAX = 520;

interface TableProps {
  allocation: Allocation;
  sort: string | undefined;
  onSort: (sort: string) => void;
}

export function AllocatedTable({ allocation, sort, onSort }: TableProps) {
  const { t } = useTranslation("cost-allocation");
  const { currency } = allocation;
  const columns = useMemo(
    (): Column<AllocatedValue>[] => [
      {
        key: "value",
        header: t("column.value"),
        value: (row) => row.value,
        cell: (row) => <span title={row.value}>{row.value}</span>,
        width: 180,
        grow: 2,
      },
      ...AMOUNTS.map(
        (key): Column<AllocatedValue> => ({
          key,
          header: t(`column.${key}`),
          hint: t(`column.${key}_hint`),
          value: (row) => moneyNumber(row[key]),
          cell: (row) => <Money amount={row[key]} currency={currency} />,
          align: "right",
          width: 130,
        }),
      ),
      {
        key: "share",
        header: t("column.share"),
        value: (row) => row.share,
        cell: (row) => <ShareBar share={row.share} />,
        width: 150,
      },
    ],
    [t, currency],
  );
  return (
    <DataTable
      label={t("values")}
      rows={allocation.rows}
      columns={columns}
      rowKey={(row) => row.value}
      initialSort={FIRST_SORT}
      sort={readSort(sort)}
      onSortChange={(next) => onSort(sortText(next))}
      csvName={`allocation-${allocation.tag.replaceAll(":", "-")}`}
      height={HEIGHT_MAX}
    />
  );
}
