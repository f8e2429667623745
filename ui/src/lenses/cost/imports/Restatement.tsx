/** How a month changed after it had been imported: the true-up, by day, account and service. */
import { Alert, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber, subtractMoney } from "@/common/money";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { restatementsQuery } from "../cost-api";
import type { RestatementRow, SnapshotSummary } from "../cost-types";
import { Money, MoneyChange } from "../marks/Money";
import { useMonth } from "../marks/use-month";
import {
  latestRestatement,
  RESTATED_BY,
  type RestatedBy,
  type RestatedGroup,
  restatedGroups,
} from "./restated-groups";

interface RestatementProps {
  source: string;
  periodStartMs: number;
  snapshots: readonly SnapshotSummary[];
  onClose: () => void;
}

export function Restatement({ source, periodStartMs, snapshots, onClose }: RestatementProps) {
  const { t } = useTranslation("cost");
  const monthName = useMonth();
  const query = useQuery(restatementsQuery(source, periodStartMs));
  const snapshot = snapshots.find(
    (it) => it.current && it.source === source && it.period_start_ms === periodStartMs,
  );
  return (
    <SidePanel
      opened
      size={880}
      title={t("imports.restatement", { source, month: monthName(periodStartMs) })}
      onClose={onClose}
    >
      <Stack gap="sm">
        <Text size="sm">{t("imports.restatement_text")}</Text>
        {snapshot?.restated ? <Totals restated={snapshot.restated} /> : null}
        <QueryBoundary
          query={query}
          isEmpty={({ rows }) => rows.length === 0}
          empty={<Text size="sm">{t("imports.not_restated")}</Text>}
        >
          {({ rows, truncated }) => (
            <>
              {truncated ? (
                <Alert variant="light" p="xs">
                  {t("imports.restatement_truncated")}
                </Alert>
              ) : null}
              <Differences rows={rows} />
            </>
          )}
        </QueryBoundary>
      </Stack>
    </SidePanel>
  );
}

function Totals({ restated }: { restated: NonNullable<SnapshotSummary["restated"]> }) {
  const { t } = useTranslation("cost");
  const { currency } = restated;
  return (
    <table className="cost-table">
      <thead>
        <tr>
          <th scope="col">{t("metric_label")}</th>
          <th scope="col" data-align="right">
            {t("imports.before")}
          </th>
          <th scope="col" data-align="right">
            {t("imports.after")}
          </th>
          <th scope="col" data-align="right">
            {t("imports.true_up")}
          </th>
        </tr>
      </thead>
      <tbody>
        {(["billed", "effective"] as const).map((view) => {
          const [before, after] = [restated[`${view}_before`], restated[`${view}_after`]];
          return (
            <tr key={view}>
              <th scope="row">{t(`metric.${view}`)}</th>
              <td data-align="right">
                <Money amount={before} currency={currency} />
              </td>
              <td data-align="right">
                <Money amount={after} currency={currency} />
              </td>
              <td data-align="right">
                <MoneyChange before={before} after={after} currency={currency} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const FIRST_SORT = { key: "billed", descending: true };

function Differences({ rows }: { rows: readonly RestatementRow[] }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const [by, setBy] = useState<RestatedBy>("each");
  const latest = useMemo(() => latestRestatement(rows), [rows]);
  const groups = useMemo(() => restatedGroups(latest, by), [latest, by]);
  const columns = useColumns(by);
  return (
    <DataTable
      label={t("imports.differences")}
      rows={groups}
      columns={columns}
      rowKey={(row) => row.key}
      initialSort={FIRST_SORT}
      csvName="restatement"
      height={460}
      toolbar={
        <>
          <SegmentedControl
            size="xs"
            className="cost-choice"
            aria-label={t("imports.add_up")}
            data={RESTATED_BY.map((value) => ({ value, label: t(`imports.by_${value}`) }))}
            value={by}
            onChange={(next) => setBy(next as RestatedBy)}
          />
          <Text size="sm" c="dimmed" className="num">
            {t("imports.restated_at", { time: format.time(latest[0]?.imported_ms, "minute") })}
          </Text>
        </>
      }
    />
  );
}

function useColumns(by: RestatedBy): Column<RestatedGroup>[] {
  const { t } = useTranslation("cost");
  const text = (
    name: "day" | "sub_account_id" | "service_name",
    header: string,
    width: number,
  ): Column<RestatedGroup> => ({
    key: name,
    header,
    value: (row) => row[name] ?? t("no_value"),
    cell: (row) => <span title={row[name] ?? undefined}>{row[name] ?? t("no_value")}</span>,
    width,
    grow: 1,
  });
  const names = {
    each: ["day", "sub_account_id", "service_name"],
    day: ["day"],
    account: ["sub_account_id"],
    service: ["service_name"],
  } as const;
  const headers = {
    day: t("every.day"),
    sub_account_id: t("dimension.sub_account_id"),
    service_name: t("dimension.service_name"),
  };
  const amount = (name: "billed_before" | "billed_after"): Column<RestatedGroup> => ({
    key: name,
    header: t(name === "billed_before" ? "imports.billed_before" : "imports.billed_after"),
    value: (row) => moneyNumber(row[name]),
    cell: (row) => <Money amount={row[name]} currency={row.currency} />,
    align: "right",
    width: 120,
  });
  const difference = (view: "billed" | "effective"): Column<RestatedGroup> => ({
    key: view,
    header: t(`imports.${view}_change`),
    value: (row) => moneyNumber(subtractMoney(row[`${view}_after`], row[`${view}_before`])),
    cell: (row) => (
      <MoneyChange
        before={row[`${view}_before`]}
        after={row[`${view}_after`]}
        currency={row.currency}
        only="amount"
      />
    ),
    align: "right",
    width: 120,
  });
  return [
    ...names[by].map((name) => text(name, headers[name], name === "day" ? 96 : 130)),
    amount("billed_before"),
    amount("billed_after"),
    difference("billed"),
    difference("effective"),
  ];
}
