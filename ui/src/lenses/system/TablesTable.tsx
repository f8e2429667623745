/** What is stored, per table. */
import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { useFormat } from "@/design/use-format";
import { compressionRatio } from "./rates";

type Table = Schemas["TableStatus"];

export function TablesTable({ tables }: { tables: Table[] }) {
  const { t } = useTranslation("system");
  return (
    <section>
      <DataTable
        label={t("tables.title")}
        rows={tables}
        columns={useColumns()}
        rowKey={(table) => table.name}
        csvName="tables"
        toolbar={
          <Title order={2} size="h5">
            {t("tables.title")}
          </Title>
        }
      />
    </section>
  );
}

function useColumns(): Column<Table>[] {
  const { t } = useTranslation("system");
  const format = useFormat();
  const number = { align: "right", grow: 1, width: 110 } as const;
  const ratio = (table: Table) => {
    const value = compressionRatio(table);
    return value === null ? "–" : t("tables.times", { value: format.number(value) });
  };
  const retention = ({ retention_seconds }: Table) =>
    retention_seconds == null ? t("tables.for_ever") : format.durationMs(retention_seconds * 1000);
  return [
    { key: "name", header: t("tables.name"), grow: 1, width: 130, value: (table) => table.name },
    {
      key: "rows",
      header: t("tables.rows"),
      ...number,
      value: (table) => table.file_rows + table.live_rows,
      cell: (table) => format.count(table.file_rows + table.live_rows),
    },
    {
      key: "live",
      header: t("tables.live"),
      ...number,
      value: (table) => table.live_rows,
      cell: (table) => format.count(table.live_rows),
    },
    {
      key: "bytes",
      header: t("tables.bytes"),
      ...number,
      value: (table) => table.file_bytes,
      cell: (table) => format.bytes(table.file_bytes),
    },
    {
      key: "ratio",
      header: t("tables.ratio"),
      ...number,
      value: compressionRatio,
      cell: ratio,
    },
    {
      key: "files",
      header: t("tables.files"),
      ...number,
      width: 80,
      value: (table) => table.files,
      cell: (table) => format.count(table.files),
    },
    {
      key: "retention",
      header: t("tables.retention"),
      ...number,
      value: (table) => table.retention_seconds,
      cell: retention,
    },
  ];
}
