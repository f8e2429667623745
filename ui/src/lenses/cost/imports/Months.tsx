/** The months that are there: what each costs, how it ties out, and what its bill breaks. */
import { Alert, Badge, Button, Select, Stack, Switch, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { useSearchChange } from "@/common/use-search-change";
import { WithCode } from "@/common/WithCode";
import { NO_VALUE } from "@/design/format";
import { type Formats, useFormat } from "@/design/use-format";
import type { CurrencyTotals, SnapshotSummary } from "../cost-types";
import { CostCard } from "../marks/CostCard";
import { Money, MoneyChange } from "../marks/Money";
import { monthText } from "../period";
import { restatedText } from "./restated";

const route = getRouteApi("/shell/cost/imports");
const FIRST_SORT = { key: "month", descending: true };
const EVERY = "";

/** A bill in two currencies is two rows: amounts of different currencies are never added. */
interface MonthRow {
  key: string;
  snapshot: SnapshotSummary;
  totals: CurrencyTotals;
}

export function Months({ snapshots }: { snapshots: readonly SnapshotSummary[] }) {
  const { t } = useTranslation("cost");
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useColumns();
  const sources = [...new Set(snapshots.map((it) => it.source))].sort();
  const shown = snapshots.filter(
    (it) =>
      (search.all === true || it.current) &&
      (search.source === undefined || it.source === search.source),
  );
  const rows = useMemo(() => monthRows(shown), [shown]);
  return (
    <CostCard title={t("imports.months")} hint={t("imports.months_hint")}>
      <DataTable
        label={t("imports.months")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.key}
        initialSort={FIRST_SORT}
        csvName="bills"
        height={420}
        toolbar={
          <>
            <Select
              size="xs"
              aria-label={t("imports.source")}
              data={[
                { value: EVERY, label: t("imports.all_sources") },
                ...sources.map((value) => ({ value, label: value })),
              ]}
              value={search.source ?? EVERY}
              onChange={(next) => change({ source: next === EVERY ? undefined : next })}
            />
            <Switch
              size="xs"
              label={t("imports.superseded")}
              checked={search.all === true}
              onChange={(event) => change({ all: event.currentTarget.checked || undefined })}
            />
          </>
        }
      />
      <Findings snapshots={shown.filter((it) => it.current)} />
    </CostCard>
  );
}

function monthRows(snapshots: readonly SnapshotSummary[]): MonthRow[] {
  return snapshots.flatMap((snapshot) =>
    snapshot.currency_totals.map((totals) => ({
      key: `${snapshot.id} ${totals.currency}`,
      snapshot,
      totals,
    })),
  );
}

function useColumns(): Column<MonthRow>[] {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const amount = (name: "billed" | "effective" | "list"): Column<MonthRow> => ({
    key: name,
    header: t(`metric.${name}`),
    value: ({ totals }) => moneyNumber(totals[name]),
    cell: ({ totals }) => <Money amount={totals[name]} currency={totals.currency} />,
    align: "right",
    width: 150,
  });
  return [
    {
      key: "month",
      header: t("imports.month"),
      value: ({ snapshot }) => monthText(snapshot.period_start_ms),
      width: 84,
    },
    {
      key: "source",
      header: t("imports.source"),
      value: ({ snapshot }) => snapshot.source,
      width: 120,
      grow: 1,
    },
    {
      key: "provider",
      header: t("imports.provider"),
      value: ({ snapshot }) => snapshot.provider,
      width: 90,
    },
    {
      key: "currency",
      header: t("currency.label"),
      value: ({ totals }) => totals.currency,
      width: 92,
    },
    amount("billed"),
    amount("effective"),
    amount("list"),
    {
      key: "restated",
      header: t("imports.restated"),
      hint: t("imports.restated_hint"),
      value: ({ snapshot }) => snapshot.restated?.lines ?? null,
      cell: ({ snapshot }) => <RestatedButton snapshot={snapshot} />,
      width: 190,
    },
    ...deliveryColumns(t, format),
  ];
}

/** How much of a bill came, when, and whether it still counts. */
function deliveryColumns(t: TFunction<"cost">, format: Formats): Column<MonthRow>[] {
  return [
    {
      key: "rows",
      header: t("imports.lines_head"),
      value: ({ snapshot }) => snapshot.rows,
      cell: ({ snapshot }) => format.count(snapshot.rows),
      align: "right",
      width: 110,
    },
    {
      key: "bytes",
      header: t("imports.stored"),
      value: ({ snapshot }) => snapshot.bytes,
      cell: ({ snapshot }) => format.bytes(snapshot.bytes),
      align: "right",
      width: 96,
    },
    {
      key: "imported",
      header: t("imports.imported"),
      value: ({ snapshot }) => snapshot.imported_ms,
      cell: ({ snapshot }) => (
        <span title={`${format.time(snapshot.imported_ms)}\n${snapshot.manifest_id}`}>
          {format.ago(snapshot.imported_ms)}
        </span>
      ),
      width: 120,
    },
    {
      key: "state",
      header: t("imports.state_head"),
      value: ({ snapshot }) => t(snapshot.current ? "imports.current" : "imports.old"),
      cell: ({ snapshot }) => (
        <Badge variant="light" size="sm" color={snapshot.current ? "green" : "gray"}>
          {t(snapshot.current ? "imports.current" : "imports.old")}
        </Badge>
      ),
      width: 110,
    },
  ];
}

function RestatedButton({ snapshot }: { snapshot: SnapshotSummary }) {
  const change = useSearchChange();
  const { restated } = snapshot;
  if (restated === null) {
    return <span className="cost-soft">{NO_VALUE}</span>;
  }
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      onClick={() => change({ restated: restatedText(snapshot.source, snapshot.period_start_ms) })}
    >
      <MoneyChange
        before={restated.billed_before}
        after={restated.billed_after}
        currency={restated.currency}
        only="amount"
      />
    </Button>
  );
}

/** What a bill breaks of the rules of FOCUS, and what did not tie out. */
function Findings({ snapshots }: { snapshots: readonly SnapshotSummary[] }) {
  const { t } = useTranslation("cost");
  const found = snapshots.filter((it) => it.findings.length > 0);
  if (found.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("imports.no_findings")}
      </Text>
    );
  }
  return (
    <Alert color="yellow" variant="light" title={t("imports.findings")}>
      <Stack gap={4}>
        {found.flatMap(({ id, source, period_start_ms, findings }) =>
          findings.map(({ check, message }) => (
            <Text key={`${id} ${check} ${message}`} size="sm" className="wrap-anywhere">
              <strong>
                {source} {monthText(period_start_ms)}
              </strong>{" "}
              <WithCode text={message} /> <code>{check}</code>
            </Text>
          )),
        )}
      </Stack>
    </Alert>
  );
}
