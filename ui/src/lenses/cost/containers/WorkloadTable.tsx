/** Workloads with what they cost, what they reserve and what they use. */
import { Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { readSort, sortText } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { ServiceLink } from "@/lenses/services/ServiceLink";
import { Money, ShareBar } from "../marks/Money";
import type { ContainerCosts, WorkloadCost } from "./containers-api";

const FIRST_SORT = { key: "idle", descending: true };
const HEIGHT_MAX = 560;

type Texts = (key: string) => string;

interface WorkloadTableProps {
  costs: ContainerCosts;
  sort: string | undefined;
  onSort: (sort: string) => void;
}

export function WorkloadTable({ costs, sort, onSort }: WorkloadTableProps) {
  const { t } = useTranslation("cost-containers");
  const columns = useWorkloadColumns(costs.currency);
  return (
    <section>
      <Title order={2} size="h5">
        {t("workloads")}
      </Title>
      <DataTable
        label={t("workloads")}
        rows={costs.workloads}
        columns={columns}
        rowKey={(row) => `${row.cluster} ${row.namespace} ${row.workload}`}
        initialSort={FIRST_SORT}
        sort={readSort(sort)}
        onSortChange={(next) => onSort(sortText(next))}
        csvName="container-cost"
        height={HEIGHT_MAX}
      />
    </section>
  );
}

function useWorkloadColumns(currency: string): Column<WorkloadCost>[] {
  const { t } = useTranslation("cost-containers");
  const format = useFormat();
  return useMemo(() => {
    const amount = (key: "cost" | "used" | "idle"): Column<WorkloadCost> => ({
      key,
      header: t(`column.${key}`),
      hint: t(`column.${key}_hint`),
      value: (row) => moneyNumber(row[key]),
      cell: (row) => <Money amount={row[key]} currency={currency} />,
      align: "right",
      width: 120,
    });
    type Quantity = "cpu_request" | "cpu_used" | "memory_request_bytes" | "memory_used_bytes";
    const quantity = (key: Quantity): Column<WorkloadCost> => ({
      key,
      header: t(`column.${key}`),
      value: (row) => row[key],
      cell: (row) => (key.endsWith("bytes") ? format.bytes(row[key]) : format.number(row[key])),
      align: "right",
      width: 124,
    });
    return [
      ...nameColumns(t as Texts),
      amount("cost"),
      amount("used"),
      amount("idle"),
      {
        key: "efficiency",
        header: t("column.efficiency"),
        hint: t("column.efficiency_hint"),
        value: (row) => row.efficiency,
        cell: (row) => (row.efficiency === null ? "–" : <ShareBar share={row.efficiency} />),
        width: 140,
      },
      quantity("cpu_request"),
      quantity("cpu_used"),
      quantity("memory_request_bytes"),
      quantity("memory_used_bytes"),
      {
        key: "containers",
        header: t("column.containers"),
        value: (row) => row.containers,
        cell: (row) => format.count(row.containers),
        align: "right",
        width: 96,
      },
    ];
  }, [t, format, currency]);
}

/** Which workload it is. */
function nameColumns(t: Texts): Column<WorkloadCost>[] {
  return [
    {
      key: "workload",
      header: t("column.workload"),
      value: (row) => row.workload,
      cell: (row) => <span title={row.workload}>{row.workload}</span>,
      width: 170,
      grow: 2,
    },
    {
      key: "namespace",
      header: t("column.namespace"),
      value: (row) => [row.cluster, row.namespace].filter((it) => it !== "").join(" / "),
      width: 150,
      grow: 1,
    },
    {
      key: "service_name",
      header: t("column.service"),
      value: (row) => row.service_name,
      cell: (row) =>
        row.service_name === null ? "–" : <ServiceLink service={row.service_name} isInRow />,
      width: 130,
      grow: 1,
    },
  ];
}
