/** Rate, errors and duration over time by version, with the deploys marked. */
import { Button, Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconRocket } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { QueryBoundary } from "@/common/QueryBoundary";
import { type ChartMarker, TimeChart } from "@/common/TimeChart";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { compareDeploy } from "@/lenses/deploys/compare-search";
import { errorPercent } from "../figure-texts";
import { QUANTILES } from "../service-search";
import {
  type Deploy,
  deploysQuery,
  type ServiceSeries,
  seriesQuery,
  useAsked,
} from "../services-api";
import { timesOf, VERSIONS_DRAWN_MAX, versionCharts } from "./version-series";

const route = getRouteApi("/shell/services/$service");
const CHART_HEIGHT = 170;

interface OverviewTabProps {
  service: string;
  endpoint: string | undefined;
}

export function OverviewTab({ service, endpoint }: OverviewTabProps) {
  const query = useQuery(seriesQuery(useAsked(), service, endpoint));
  return (
    <QueryBoundary query={query}>
      {(series) => <Charts service={service} series={series} />}
    </QueryBoundary>
  );
}

/** The deploys that charts mark; the version before is only known by the list of deploys. */
function useDeploys(service: string, series: ServiceSeries): Deployed[] {
  const { data } = useQuery(deploysQuery(useAsked(), service));
  return useMemo(
    () =>
      series.deploys.map(({ version, at_ms }) => ({
        service,
        version,
        at_ms,
        previous_version: previousOf(version, data?.deploys ?? []),
      })),
    [service, series.deploys, data],
  );
}

type Deployed = Pick<Deploy, "service" | "version" | "at_ms" | "previous_version">;

function previousOf(version: string, deploys: readonly Deploy[]): string | null {
  return deploys.find((it) => it.version === version)?.previous_version ?? null;
}

function Charts({ service, series }: { service: string; series: ServiceSeries }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const navigate = useNavigate();
  const asked = useAsked();
  const quantile = route.useSearch().quantile ?? "p95_ms";
  const deploys = useDeploys(service, series);
  const charts = useMemo(
    () => versionCharts(series, quantile, { none: t("no_version"), others: t("other_versions") }),
    [series, quantile, t],
  );
  const all = useMemo(() => latencyLines(series, (key) => t(`column.${key}`)), [series, t]);
  const markers = useMemo(
    () => deploys.map(({ at_ms, version }) => ({ timeMs: at_ms, label: version })),
    [deploys],
  );
  const openMarker = (marker: ChartMarker) => {
    const deploy = deploys.find((it) => it.at_ms === marker.timeMs);
    if (deploy !== undefined) {
      void navigate({ to: "/deploys/compare", search: compareDeploy(deploy, asked) as never });
    }
  };
  const perSecond = 1000 / series.bucket_ms;
  const rates = charts.requests.map((it) => ({
    ...it,
    values: it.values.map((value) => (value === null ? null : value * perSecond)),
  }));
  const shared = { timesMs: charts.timesMs, markers, onMarkerClick: openMarker };
  return (
    <Stack gap="md">
      <DeployStrip deploys={deploys} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard>
          <TimeChart
            {...shared}
            title={t("chart.requests")}
            series={rates}
            kind="stacked-bars"
            format={format.rate}
            height={CHART_HEIGHT}
          />
        </ChartCard>
        <ChartCard>
          <TimeChart
            {...shared}
            title={t("chart.errors")}
            series={charts.errorPercent}
            format={(value) => errorPercent(value, format)}
            height={CHART_HEIGHT}
          />
        </ChartCard>
        <ChartCard>
          <TimeChart
            {...shared}
            title={t("chart.latency_all")}
            series={all}
            format={format.durationMs}
            height={CHART_HEIGHT}
          />
        </ChartCard>
        <ChartCard>
          <TimeChart
            {...shared}
            title={t("chart.latency", { quantile: t(`column.${quantile}`) })}
            series={charts.latency}
            format={format.durationMs}
            height={CHART_HEIGHT}
          />
          <QuantileChoice />
          {charts.merged === 0 ? null : (
            <Text size="xs" c="dimmed">
              {t("chart.merged", { number: VERSIONS_DRAWN_MAX })}
            </Text>
          )}
        </ChartCard>
      </SimpleGrid>
    </Stack>
  );
}

function latencyLines(series: ServiceSeries, nameOf: (key: (typeof QUANTILES)[number]) => string) {
  const times = timesOf(series);
  return QUANTILES.map((key) => ({
    name: nameOf(key),
    values: times.map((_, at) => series.all[key][at] ?? null),
  }));
}

function ChartCard({ children }: { children: ReactNode }) {
  return <div className="card service-chart">{children}</div>;
}

function QuantileChoice() {
  const { t } = useTranslation("services");
  const change = useSearchChange();
  const quantile = route.useSearch().quantile ?? "p95_ms";
  return (
    <SegmentedControl
      size="xs"
      className="service-quantiles"
      aria-label={t("chart.quantile")}
      value={quantile}
      onChange={(next) => change({ quantile: next === "p95_ms" ? undefined : next }, true)}
      data={QUANTILES.map((value) => ({ value, label: t(`column.${value}`) }))}
    />
  );
}

/** The markers of the charts as links: what a click on one does, for every way to use a page. */
function DeployStrip({ deploys }: { deploys: readonly Deployed[] }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const asked = useAsked();
  if (deploys.length === 0) {
    return null;
  }
  return (
    <Group component="ul" gap="xs" className="service-deploys" aria-label={t("tab.deploys")}>
      {deploys.map((deploy) => (
        <li key={`${deploy.version} ${deploy.at_ms}`}>
          <IconRocket size={15} aria-hidden />
          <span className="wrap-anywhere">
            {t("deploy.at", { version: deploy.version, time: format.time(deploy.at_ms, "minute") })}
          </span>
          <Button
            component={Link}
            to="/deploys/compare"
            search={compareDeploy(deploy, asked) as never}
            variant="subtle"
            size="compact-xs"
          >
            {t("deploy.what_changed")}
          </Button>
        </li>
      ))}
    </Group>
  );
}
