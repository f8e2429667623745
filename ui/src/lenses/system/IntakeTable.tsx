/** What arrives, per signal: rates now, and counters since the server started. */
import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { useFormat } from "@/design/use-format";
import { type IntakeRate, intakeRates } from "./rates";

interface IntakeTableProps {
  before: Schemas["Status"] | undefined;
  now: Schemas["Status"];
}

export function IntakeTable({ before, now }: IntakeTableProps) {
  const { t } = useTranslation("system");
  return (
    <section>
      <DataTable
        label={t("intake.title")}
        rows={intakeRates(before, now)}
        columns={useColumns()}
        rowKey={(row) => row.signal}
        csvName="intake"
        toolbar={
          <Title order={2} size="h5">
            {t("intake.title")}
          </Title>
        }
      />
    </section>
  );
}

function useColumns(): Column<IntakeRate>[] {
  const { t } = useTranslation("system");
  const format = useFormat();
  const number = { align: "right", grow: 1 } as const;
  return [
    {
      key: "signal",
      header: t("intake.signal"),
      grow: 1,
      value: (row) => row.signal,
      cell: (row) => t(`signal.${row.signal}`),
    },
    {
      key: "rows",
      header: t("intake.rows_per_second"),
      ...number,
      value: (row) => row.rowsPerSecond,
      cell: (row) => format.rate(row.rowsPerSecond),
    },
    {
      key: "bytes",
      header: t("intake.bytes_per_second"),
      ...number,
      value: (row) => row.bytesPerSecond,
      cell: (row) => format.byteRate(row.bytesPerSecond),
    },
    {
      key: "requests",
      header: t("intake.requests_per_second"),
      ...number,
      value: (row) => row.requestsPerSecond,
      cell: (row) => format.rate(row.requestsPerSecond),
    },
    {
      key: "accepted",
      header: t("intake.accepted"),
      ...number,
      width: 140,
      value: (row) => row.acceptedRows,
      cell: (row) => format.count(row.acceptedRows),
    },
    {
      key: "rejected",
      header: t("intake.rejected"),
      ...number,
      value: (row) => row.rejectedRows,
      cell: (row) => format.count(row.rejectedRows),
    },
  ];
}
