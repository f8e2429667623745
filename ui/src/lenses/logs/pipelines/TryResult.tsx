/** What a try would have dropped, kept and redacted, by rule, with examples. */
import { Alert, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { type Fact, FactList } from "@/common/FactList";
import { useFormat } from "@/design/use-format";
import type { TryAnswer } from "../logs-api";

type RuleRow = TryAnswer["rules"][number] & { index: number };

export function TryResult({ result }: { result: TryAnswer }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const share = result.bytes === 0 ? 0 : (100 * result.dropped_bytes) / result.bytes;
  const facts: Fact[] = [
    [t("try.kept"), `${format.count(result.kept_records)} · ${format.bytes(result.kept_bytes)}`],
    [
      t("try.dropped"),
      `${format.count(result.dropped_records)} · ${format.bytes(result.dropped_bytes)}`,
    ],
    [t("try.redactions"), format.count(result.redactions)],
    [t("try.failed"), format.count(result.failed)],
    ...result.metrics.map(
      ({ name, points }): Fact => [
        t("try.metric", { name }),
        t("try.points", { count: points, formatted: format.count(points) }),
      ],
    ),
  ];
  return (
    <>
      <Alert
        color={result.dropped_errors > 0 ? "red" : "green"}
        variant="light"
        title={t("try.summary", {
          dropped: format.bytes(result.dropped_bytes),
          total: format.bytes(result.bytes),
          share: format.percent(share),
        })}
      >
        <Text size="sm">
          {t("try.errors", {
            count: result.dropped_errors,
            formatted: format.count(result.dropped_errors),
          })}
        </Text>
        {result.read_records === null || result.read_records >= result.records ? null : (
          <Text size="sm">
            {t("try.sampled", {
              read: format.count(result.read_records),
              all: format.count(result.records),
            })}
          </Text>
        )}
      </Alert>
      <FactList facts={facts} />
      <Rules rules={result.rules} />
      <Examples examples={result.examples} />
    </>
  );
}

function Rules({ rules }: Pick<TryAnswer, "rules">) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const count = (
    key: "matched" | "dropped" | "changed" | "redactions" | "failed",
  ): Column<RuleRow> => ({
    key,
    header: t(`try_rule.${key}`),
    value: (row) => row[key],
    cell: (row) => format.count(row[key]),
    align: "right",
    width: 88,
  });
  const columns: Column<RuleRow>[] = [
    {
      key: "rule",
      header: t("counter.rule"),
      value: (row) => row.rule || String(row.index + 1),
      width: 120,
      grow: 1,
    },
    count("matched"),
    count("dropped"),
    count("changed"),
    count("redactions"),
    count("failed"),
    {
      key: "cost",
      header: t("pipelines.cost"),
      value: (row) => row.nanoseconds_per_record,
      cell: (row) => format.durationNs(row.nanoseconds_per_record),
      align: "right",
      width: 96,
    },
  ];
  return (
    <DataTable
      label={t("try.by_rule")}
      rows={rules.map((rule, index) => ({ ...rule, index }))}
      columns={columns}
      rowKey={(row) => String(row.index)}
      csvName="log-rules-tried"
      height={220}
    />
  );
}

/** Without what the record does not have. */
function shown(record: Schemas["TryRecord"]): string {
  const isEmpty = (it: unknown) =>
    it === null || (typeof it === "object" && Object.keys(it).length === 0);
  const entries = Object.entries(record).filter(([, it]) => !isEmpty(it));
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

function Examples({ examples }: Pick<TryAnswer, "examples">) {
  const { t } = useTranslation("logs");
  if (examples.length === 0) {
    return null;
  }
  return (
    <Stack gap="xs">
      <Title order={4} size="h6">
        {t("try.examples")}
      </Title>
      {examples.map(({ before, after }, at) => (
        <div key={at} className="log-example">
          <pre data-side="before">{shown(before)}</pre>
          {after === null ? (
            <Text size="sm" c="dimmed">
              {t("try.gone")}
            </Text>
          ) : (
            <pre data-side="after">{shown(after)}</pre>
          )}
        </div>
      ))}
    </Stack>
  );
}
