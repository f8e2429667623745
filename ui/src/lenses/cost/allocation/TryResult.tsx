/** What rules would have done to costs that were billed already: who gains, who loses. */
import { Alert, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { useFormat } from "@/design/use-format";
import { Money, ShareBar } from "../marks/Money";
import type { RuleExample, Tried } from "./allocation-api";

const HEIGHT_MAX = 320;
type Moved = Tried["moved"][number];
type RuleResult = Tried["rules"][number];

export function TryResult({ tried }: { tried: Tried }) {
  const { t } = useTranslation("cost-allocation");
  const { currency } = tried;
  return (
    <section className="card allocation-sums" aria-label={t("try.title")}>
      <Stack gap="md">
        <Title order={2} size="h5">
          {t("try.title")}
        </Title>
        {tried.problems.map(({ rule, fatal, message }) => (
          <Alert key={`${rule} ${message}`} color={fatal ? "red" : "yellow"} variant="light" p="xs">
            {rule === null ? message : `${t("rule.label", { number: rule + 1 })}: ${message}`}
          </Alert>
        ))}
        <dl>
          <div>
            <dt>{t("try.coverage_before")}</dt>
            <dd>
              <ShareBar share={tried.before.coverage} />
            </dd>
          </div>
          <div>
            <dt>{t("try.coverage_after")}</dt>
            <dd>
              <ShareBar share={tried.after.coverage} />
            </dd>
          </div>
          <div>
            <dt>{t("try.unmatched")}</dt>
            <dd>
              <Money amount={tried.unmatched} currency={currency} />
            </dd>
          </div>
        </dl>
        <MovedTable moved={tried.moved} currency={currency} />
        <RuleTable rules={tried.rules} currency={currency} />
      </Stack>
    </section>
  );
}

function MovedTable({ moved, currency }: { moved: Moved[]; currency: string }) {
  const { t } = useTranslation("cost-allocation");
  const columns = useMemo((): Column<Moved>[] => {
    const value = (key: "from" | "to"): Column<Moved> => ({
      key,
      header: t(`try.${key}`),
      value: (row) => row[key] ?? t("nobody"),
      cell: (row) => (row[key] === null ? <em>{t("nobody")}</em> : row[key]),
      width: 160,
      grow: 1,
    });
    return [value("from"), value("to"), costColumn(t("column.cost"), currency)];
  }, [t, currency]);
  return moved.length === 0 ? (
    <Text size="sm">{t("try.nothing_moves")}</Text>
  ) : (
    <DataTable
      label={t("try.moved")}
      rows={moved}
      columns={columns}
      rowKey={(row) => `${row.from} → ${row.to}`}
      initialSort={{ key: "cost", descending: true }}
      csvName="what-if"
      height={HEIGHT_MAX}
      toolbar={<Text fw={600}>{t("try.moved")}</Text>}
    />
  );
}

function costColumn<Row extends { cost: string }>(header: string, currency: string): Column<Row> {
  return {
    key: "cost",
    header,
    value: (row) => moneyNumber(row.cost),
    cell: (row) => <Money amount={row.cost} currency={currency} />,
    align: "right",
    width: 140,
  };
}

/** What a person recognises a line by. */
function exampleText(example: RuleExample): string {
  const { service_name, sub_account_name, sub_account_id, x_usage_type, value } = example;
  const place = [service_name, sub_account_name ?? sub_account_id, x_usage_type];
  return `${place.filter((it) => it !== null).join(", ")} → ${value ?? "–"}`;
}

function RuleTable({ rules, currency }: { rules: RuleResult[]; currency: string }) {
  const { t } = useTranslation("cost-allocation");
  const format = useFormat();
  const columns = useMemo(
    (): Column<RuleResult>[] => [
      {
        key: "index",
        header: t("try.rule"),
        value: (row) => row.index + 1,
        cell: (row) => t("rule.label", { number: row.index + 1 }),
        width: 110,
      },
      costColumn(t("try.takes"), currency),
      {
        key: "lines",
        header: t("column.lines"),
        value: (row) => row.lines,
        cell: (row) => format.count(row.lines),
        align: "right",
        width: 100,
      },
      {
        key: "examples",
        header: t("try.examples"),
        value: (row) => row.examples.map(exampleText).join("; "),
        cell: (row) => (
          <span title={row.examples.map(exampleText).join("\n")}>
            {row.examples.map(exampleText).join(" · ")}
          </span>
        ),
        sortable: false,
        width: 200,
        grow: 2,
      },
    ],
    [t, format, currency],
  );
  return (
    <DataTable
      label={t("try.by_rule")}
      rows={rules}
      columns={columns}
      rowKey={(row) => String(row.index)}
      csvName="what-if-rules"
      height={HEIGHT_MAX}
      toolbar={<Text fw={600}>{t("try.by_rule")}</Text>}
    />
  );
}
