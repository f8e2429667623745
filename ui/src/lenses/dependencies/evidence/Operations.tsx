/** The operations of the dependency; a row narrows the page to it. */
import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { PaperTable } from "@/common/paper/PaperTable";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import type { Evidence, EvidenceOperation } from "../dependencies-api";
import type { Texts } from "./headline";
import { limitText } from "./seconds";

const FIRST_SORT = { key: "over", descending: true };
const HEIGHT = 320;

export function Operations({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const change = useSearchChange();
  const columns = useMemo(
    () => operationColumns(t as unknown as Texts, format, evidence.threshold_ms),
    [t, format, evidence.threshold_ms],
  );
  return (
    <section aria-label={t("operations.title")}>
      <Text component="h2" fw={600} size="sm" m={0} className="screen-only">
        {t("operations.title")}
      </Text>
      {evidence.truncated ? (
        <Text size="sm" c="dimmed">
          {t("operations.truncated")}
        </Text>
      ) : null}
      <div className="screen-only">
        <DataTable
          label={t("operations.title")}
          rows={evidence.operations}
          columns={columns}
          rowKey={(row) => row.operation}
          onOpen={(row) => change({ operation: row.operation })}
          initialSort={FIRST_SORT}
          csvName={`operations-${evidence.name}`}
          height={HEIGHT}
        />
      </div>
      <div className="paper-only">
        <PaperTable<EvidenceOperation>
          caption={t("operations.title")}
          rows={evidence.operations}
          rowKey={(row) => row.operation}
          columns={columns.map((column) => ({
            key: column.key,
            header: column.header,
            ...(column.align === undefined ? {} : { align: column.align }),
            cell: (row) => column.cell?.(row) ?? String(column.value(row) ?? "–"),
          }))}
        />
      </div>
    </section>
  );
}

function operationColumns(
  t: Texts,
  format: Formats,
  thresholdMs: number,
): Column<EvidenceOperation>[] {
  const limit = limitText(thresholdMs, format.settings.language);
  const right = (
    key: string,
    width: number,
    value: (row: EvidenceOperation) => number | null,
    show: (value: number | null) => string,
  ): Column<EvidenceOperation> => ({
    key,
    header: t(`column.${key}`, { limit }),
    value,
    cell: (row) => show(value(row)),
    align: "right",
    width,
  });
  return [
    {
      key: "operation",
      header: t("column.operation"),
      value: (row) => row.operation,
      cell: (row) => <span title={row.operation}>{row.operation}</span>,
      width: 200,
      grow: 1,
    },
    right("calls", 90, (row) => row.figures.requests, format.count),
    right("errors", 84, (row) => row.figures.error_percent, format.percent),
    right("timeouts", 92, (row) => row.timeouts, format.count),
    right("p50_ms", 84, (row) => row.figures.p50_ms, format.durationMs),
    right("p95_ms", 84, (row) => row.figures.p95_ms, format.durationMs),
    right("p99_ms", 84, (row) => row.figures.p99_ms, format.durationMs),
    right("max_ms", 84, (row) => row.figures.max_ms, format.durationMs),
    right("over", 116, (row) => row.over, format.count),
    right("over_succeeded", 132, (row) => row.over_succeeded, format.count),
    right("slowest_success_ms", 132, (row) => row.slowest_success_ms, format.durationMs),
  ];
}
