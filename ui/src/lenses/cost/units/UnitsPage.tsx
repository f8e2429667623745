/** What one order, user or request costs, and why that changed. */
import { Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { moneyNumber } from "@/common/money";
import { QueryBoundary } from "@/common/QueryBoundary";
import { TimeChart } from "@/common/TimeChart";
import { useSearchChange } from "@/common/use-search-change";
import { CostBoundary } from "../CostBoundary";
import { CostPage } from "../CostPage";
import { dimensionsQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { KnownMissing } from "../marks/KnownMissing";
import { ViewLine } from "../marks/Money";
import { useMoney } from "../marks/use-money";
import { BringMetrics } from "./BringMetrics";
import { Explanation } from "./Explanation";
import { UnitTable } from "./UnitTable";
import { type BusinessMetric, businessMetricsQuery, type UnitCosts, unitsQuery } from "./units-api";
import "./units.css";

const route = getRouteApi("/shell/cost/units");
const SERIES_DRAWN_MAX = 6;

export default function UnitsPage() {
  const { t } = useTranslation("cost-units");
  const metrics = useQuery(businessMetricsQuery);
  return (
    <CostPage title={t("title")}>
      <QueryBoundary
        query={metrics}
        isEmpty={(known) => known.length === 0}
        empty={<BringMetrics isFirst />}
      >
        {(known) => (
          <Stack gap="lg">
            <Units metrics={known} />
            <BringMetrics />
          </Stack>
        )}
      </QueryBoundary>
    </CostPage>
  );
}

/** Orders first: it is what most people ask for. */
function firstMetric(metrics: readonly BusinessMetric[]): string | undefined {
  return (metrics.find(({ name }) => name === "orders") ?? metrics[0])?.name;
}

function Units({ metrics }: { metrics: readonly BusinessMetric[] }) {
  const { t } = useTranslation("cost-units");
  const search = route.useSearch();
  const change = useSearchChange();
  const cost = useCost();
  const { fromMs, toMs } = cost.period;
  const dimensions = useQuery(dimensionsQuery(fromMs, toMs));
  const business = search.per ?? firstMetric(metrics);
  const query = useQuery(unitsQuery(cost, business, search.by));
  return (
    <Stack gap="md">
      <div className="unit-pickers">
        <Select
          label={t("per")}
          data={metrics.map(({ name, unit }) => ({
            value: name,
            label: unit === null || isAnnotation(unit) ? name : `${name} (${unit})`,
          }))}
          value={business ?? null}
          allowDeselect={false}
          onChange={(next) => change({ per: next ?? undefined })}
        />
        <Select
          label={t("by")}
          placeholder={t("together")}
          data={(dimensions.data ?? []).map(({ name }) => name)}
          value={search.by ?? null}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("together") }}
          onChange={(next) => change({ by: next ?? undefined })}
        />
      </div>
      <CostBoundary query={query}>
        {(units) => <Answer units={units} business={business ?? ""} by={search.by} />}
      </CostBoundary>
    </Stack>
  );
}

interface AnswerProps {
  units: UnitCosts;
  business: string;
  by: string | undefined;
}

function Answer({ units, business, by }: AnswerProps) {
  const search = route.useSearch();
  const change = useSearchChange();
  const cost = useCost();
  return (
    <Stack gap="md">
      <ViewLine metric={cost.metric} currency={units.currency} rates={units.rates} />
      <KnownMissing missing={units.missing} />
      <UnitChart units={units} business={business} />
      <UnitTable
        units={units}
        business={business}
        sort={search.sort}
        onSort={(sort) => change({ sort }, true)}
      />
      <LeftOut units={units} business={business} />
      <Explanation units={units} business={business} by={by} />
    </Stack>
  );
}

/** What has a cost and no quantity, or a quantity and no cost, is in the total alone. */
function LeftOut({ units, business }: Pick<AnswerProps, "units" | "business">) {
  const { t } = useTranslation("cost-units");
  const money = useMoney(units.currency);
  const { parts_without_quantity, cost, parts_without_cost } = units.left_out;
  return (
    <>
      {parts_without_quantity === 0 ? null : (
        <Text size="sm" c="dimmed">
          {t("left_out.cost", { number: parts_without_quantity, cost: money.text(cost), business })}
        </Text>
      )}
      {parts_without_cost === 0 ? null : (
        <Text size="sm" c="dimmed">
          {t("left_out.quantity", { number: parts_without_cost, business })}
        </Text>
      )}
    </>
  );
}

/** What UCUM writes in braces is no unit but a word for people, such as `{order}`. */
function isAnnotation(unit: string): boolean {
  return /^\{[^}]*\}$/.test(unit);
}

/** A day without orders has no unit cost: a gap, not a zero. */
function UnitChart({ units, business }: Pick<AnswerProps, "units" | "business">) {
  const { t } = useTranslation("cost-units");
  const money = useMoney(units.currency);
  const drawn = units.rows.length > 1 ? units.rows.slice(0, SERIES_DRAWN_MAX) : [units.total];
  const timesMs = units.total.points.map(({ ms }) => ms);
  const series = drawn.map((row) => {
    const known = new Map(row.points.map((point) => [point.ms, point.unit_cost]));
    const values = timesMs.map((ms) => {
      const amount = known.get(ms);
      return amount == null ? null : moneyNumber(amount);
    });
    return { name: row.key ?? t("all"), values };
  });
  return (
    <TimeChart
      title={t("chart", { business })}
      timesMs={timesMs}
      series={series}
      format={money.tick}
      height={220}
    />
  );
}
