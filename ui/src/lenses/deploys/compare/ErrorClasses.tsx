/** Which kinds of errors came, went, or changed in number. */
import { Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { type Formats, useFormat } from "@/design/use-format";
import type { Texts } from "../../services/figure-columns";
import type { ErrorClassComparison } from "../deploys-api";
import { pValueText } from "./reasons";
import { StatusBadge } from "./VerdictBadge";

type Row = ErrorClassComparison;
const ORDER: readonly Row["status"][] = ["new", "more", "fewer", "gone", "same"];

export function rankedClasses(classes: readonly Row[]): Row[] {
  return [...classes].sort(
    (a, b) =>
      ORDER.indexOf(a.status) - ORDER.indexOf(b.status) ||
      b.other_count + b.base_count - (a.other_count + a.base_count),
  );
}

export function ErrorClasses({ service, classes }: { service: string; classes: readonly Row[] }) {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  const navigate = useNavigate();
  const rows = useMemo(() => rankedClasses(classes), [classes]);
  const columns = useMemo(() => classColumns(t as Texts, format), [t, format]);
  return (
    <DataTable
      label={t("errors.title")}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.fingerprint}
      onOpen={({ fingerprint }) =>
        void navigate({
          to: "/errors",
          search: { service, issue: fingerprint, issue_service: service } as never,
        })
      }
      csvName={`${service}-error-classes`}
      height={360}
      empty={
        <Text size="sm" c="dimmed">
          {t("errors.none")}
        </Text>
      }
    />
  );
}

function classColumns(t: Texts, format: Formats): Column<Row>[] {
  const count = (key: "base_count" | "other_count"): Column<Row> => ({
    key,
    header: t(`errors.${key}`),
    value: (row) => row[key],
    cell: (row) => format.count(row[key]),
    align: "right",
    width: 110,
  });
  return [
    {
      key: "status",
      header: t("errors.status"),
      value: (row) => t(`errors.${row.status}`),
      cell: (row) => <StatusBadge status={row.status} />,
      width: 120,
    },
    {
      key: "error_type",
      header: t("errors.type"),
      value: (row) => row.error_type,
      cell: (row) => <span title={row.error_type}>{row.error_type}</span>,
      width: 180,
      grow: 1,
    },
    {
      key: "message",
      header: t("errors.message"),
      value: (row) => row.message_template,
      cell: (row) => <span title={row.message_template}>{row.message_template}</span>,
      width: 240,
      grow: 3,
    },
    count("base_count"),
    count("other_count"),
    {
      key: "adjusted_p_value",
      header: t("errors.p"),
      value: (row) => row.adjusted_p_value,
      cell: (row) => pValueText(row.adjusted_p_value, format),
      align: "right",
      width: 100,
    },
  ];
}
