/** What the endpoints of a service cost, what else the service costs, and how sure that is. */
import { Alert, Box, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { type Fact, FactList } from "@/common/FactList";
import { addMoney, compareMoney, moneyNumber } from "@/common/money";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { MissingInputs } from "@/lenses/cost/marks/MissingInputs";
import {
  type EndpointCost,
  type EndpointCosts,
  endpointCostsQuery,
} from "@/lenses/cost/marks/marks-api";
import { type MoneyFormats, useMoney } from "@/lenses/cost/marks/use-money";
import type { Texts } from "../figure-columns";
import { useAsked } from "../services-api";

const route = getRouteApi("/shell/services/$service");
const FIRST_SORT = { key: "direct", descending: true };
/** Where money went, in the order in which the page tells it. */
const REST = ["non_request", "idle", "overhead", "unallocated", "total"] as const;

export function CostTab({ service }: { service: string }) {
  const query = useQuery(endpointCostsQuery(useAsked(), service));
  return (
    <QueryBoundary query={query}>
      {(costs) => <Costs service={service} costs={costs} />}
    </QueryBoundary>
  );
}

function Costs({ service, costs }: { service: string; costs: EndpointCosts }) {
  const { t } = useTranslation("services");
  const money = useMoney(costs.currency);
  const view = t(`cost.metric.${costs.metric}`, { defaultValue: costs.metric });
  const facts = REST.map((key): Fact => [t(`cost.${key}`), money.text(costs[key])]);
  return (
    <Stack gap="md">
      <MissingInputs
        title={t(costs.rows.length === 0 ? "cost.missing" : "cost.partly")}
        missing={costs.missing.map(({ what, how }) => ({
          what: t(`cost.what.${what}`, { defaultValue: what }),
          how,
        }))}
      />
      {costs.rows.length === 0 ? (
        <Alert variant="light" p="xs">
          {t("cost.nothing")}
        </Alert>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {t("cost.about", { view, currency: costs.currency })}
          </Text>
          <EndpointTable service={service} rows={costs.rows} money={money} />
          <Box component="section" maw={440}>
            <Text fw={600} size="sm" mb={4}>
              {t("cost.sum_title")}
            </Text>
            <FactList facts={[[t("cost.endpoints"), money.text(sumText(costs))], ...facts]} />
          </Box>
        </>
      )}
    </Stack>
  );
}

/** What is left of the total for endpoints: the server's lines sum to it exactly. */
function sumText(costs: EndpointCosts) {
  return addMoney([costs.others.direct, ...costs.rows.map((row) => row.direct)]);
}

interface TableProps {
  service: string;
  rows: EndpointCost[];
  money: MoneyFormats;
}

function EndpointTable({ service, rows, money }: TableProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => costColumns(t as Texts, format, money), [t, format, money]);
  return (
    <DataTable
      label={t("tab.cost")}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.endpoint}
      onOpen={(row) => change({ tab: "endpoints", endpoint: row.endpoint })}
      initialSort={FIRST_SORT}
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName={`${service}-cost`}
      height="fill"
    />
  );
}

function costColumns(t: Texts, format: Formats, money: MoneyFormats): Column<EndpointCost>[] {
  const amount = (key: "direct" | "inclusive" | "per_request" | "per_request_inclusive") => ({
    key,
    header: t(`cost.${key}`),
    hint: t(`cost.${key}_hint`),
    value: (row: EndpointCost) => (row[key] === null ? null : moneyNumber(row[key])),
    cell: (row: EndpointCost) => (
      <span title={row[key] === null ? undefined : money.exact(row[key])}>
        {money.text(row[key])}
      </span>
    ),
    align: "right" as const,
    width: 124,
  });
  return [
    {
      key: "endpoint",
      header: t("column.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <span title={row.endpoint}>{row.endpoint}</span>,
      width: 200,
      grow: 2,
    },
    {
      key: "requests",
      header: t("column.requests"),
      value: (row) => row.requests,
      cell: (row) => format.count(row.requests),
      align: "right",
      width: 100,
    },
    amount("direct"),
    amount("inclusive"),
    amount("per_request"),
    {
      key: "range",
      header: t("cost.range"),
      hint: t("cost.range_hint"),
      value: (row) => (row.low === null ? null : `${row.low} – ${row.high}`),
      cell: (row) => (row.low === null ? "–" : money.range(row.low, row.high)),
      sortable: false,
      align: "right",
      width: 210,
    },
    { ...amount("per_request_inclusive"), width: 146 },
    {
      key: "explained",
      header: t("cost.explained"),
      hint: t("cost.explained_hint"),
      value: (row) => row.explained,
      cell: (row) => format.percent(row.explained * 100),
      align: "right",
      width: 118,
    },
    {
      key: "drivers",
      header: t("cost.drivers"),
      value: (row) => row.drivers.map(({ kind, cost }) => `${kind} ${cost}`).join("; "),
      cell: (row) => <Drivers row={row} t={t} money={money} />,
      sortable: false,
      width: 260,
      grow: 1,
    },
  ];
}

function Drivers({ row, t, money }: { row: EndpointCost; t: Texts; money: MoneyFormats }) {
  const dearestFirst = [...row.drivers].sort((a, b) => compareMoney(b.cost, a.cost));
  const named = dearestFirst.map(
    ({ kind, cost }) => `${t(`cost.driver.${kind}`)} ${money.text(cost)}`,
  );
  return <span title={named.join("\n")}>{named.join(" · ") || "–"}</span>;
}
