/** What nobody owns, the largest first: the shortest way to a covered bill. */
import { Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { useFormat } from "@/design/use-format";
import { Money, ShareBar } from "../marks/Money";
import type { Allocation, WorklistRow } from "./allocation-api";

const FIRST_SORT = { key: "cost", descending: true };
const PLACES = ["service_name", "sub_account_id", "x_usage_type", "resource_id"] as const;
const HEIGHT_MAX = 420;

function placeText(row: WorklistRow, key: (typeof PLACES)[number]): string | null {
  if (key === "sub_account_id") {
    return row.sub_account_name ?? row.sub_account_id;
  }
  return key === "resource_id" && row.resources > 1
    ? `${row.resource_id ?? "–"} +${row.resources - 1}`
    : row[key];
}

export function Worklist({ allocation }: { allocation: Allocation }) {
  const { t } = useTranslation("cost-allocation");
  const format = useFormat();
  const { currency, worklist } = allocation;
  const columns = useMemo(
    (): Column<WorklistRow>[] => [
      ...PLACES.map(
        (key): Column<WorklistRow> => ({
          key,
          header: t(`place.${key}`),
          value: (row) => placeText(row, key),
          cell: (row) => <span title={row[key] ?? undefined}>{placeText(row, key) ?? "–"}</span>,
          width: 150,
          grow: 1,
        }),
      ),
      {
        key: "cost",
        header: t("column.cost"),
        value: (row) => moneyNumber(row.cost),
        cell: (row) => <Money amount={row.cost} currency={currency} />,
        align: "right",
        width: 130,
      },
      {
        key: "share",
        header: t("column.share"),
        value: (row) => row.share,
        cell: (row) => <ShareBar share={row.share} />,
        width: 156,
      },
      {
        key: "lines",
        header: t("column.lines"),
        value: (row) => row.lines,
        cell: (row) => format.count(row.lines),
        align: "right",
        width: 90,
      },
    ],
    [t, format, currency],
  );
  return (
    <section>
      <Title order={2} size="h5">
        {t("worklist.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t(worklist.length === 0 ? "worklist.done" : "worklist.text")}
      </Text>
      {worklist.length === 0 ? null : (
        <DataTable
          label={t("worklist.title")}
          rows={worklist}
          columns={columns}
          rowKey={(row) => PLACES.map((key) => row[key] ?? "").join("\u0000")}
          initialSort={FIRST_SORT}
          csvName={`untagged-${allocation.tag.replaceAll(":", "-")}`}
          height={HEIGHT_MAX}
        />
      )}
    </section>
  );
}
