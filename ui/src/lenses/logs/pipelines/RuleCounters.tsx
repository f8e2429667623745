/** What each rule of a pipeline has done since the server started, and what it costs. */
import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { useFormat } from "@/design/use-format";
import type { RuleState } from "../logs-api";
import { ruleCost } from "./pipeline-model";

type Row = RuleState & { index: number };

export function RuleCounters({ rules }: { rules: readonly RuleState[] }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const count = (
    key: "matched" | "dropped_records" | "sampled_out" | "quota_dropped" | "redactions" | "failed",
  ): Column<Row> => ({
    key,
    header: t(`counter.${key}`),
    value: (row) => row[key],
    cell: (row) => format.count(row[key]),
    align: "right",
    width: 80,
  });
  const columns: Column<Row>[] = [
    {
      key: "name",
      header: t("counter.rule"),
      value: (row) => row.name || String(row.index + 1),
      width: 120,
      grow: 1,
    },
    count("matched"),
    count("dropped_records"),
    count("sampled_out"),
    count("quota_dropped"),
    count("redactions"),
    count("failed"),
    {
      key: "cost",
      header: t("pipelines.cost"),
      value: ruleCost,
      cell: (row) => format.durationNs(ruleCost(row)),
      align: "right",
      width: 96,
    },
  ];
  return (
    <section>
      <Title order={3} size="h6" mb={4}>
        {t("counter.title")}
      </Title>
      <DataTable
        label={t("counter.title")}
        rows={rules.map((rule, index) => ({ ...rule, index }))}
        columns={columns}
        rowKey={(row) => String(row.index)}
        csvName="log-rules"
        height={240}
      />
    </section>
  );
}
