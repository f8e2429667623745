/** The endpoints of a service, ranked; one of them opens beside the list. */
import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { TimeChart } from "@/common/TimeChart";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { endpointCostsQuery } from "@/lenses/cost/marks/marks-api";
import { useMoney } from "@/lenses/cost/marks/use-money";
import { operationTerm } from "@/lenses/traces/operation-term";
import type { Texts } from "../figure-columns";
import { errorPercent } from "../figure-texts";
import { spansQuery } from "../service-links";
import {
  type EndpointsAnswer,
  endpointsQuery,
  type ServiceSeries,
  seriesQuery,
  useAsked,
} from "../services-api";
import { endpointColumns, type KnownCosts } from "./endpoint-columns";
import { LatencyTab } from "./LatencyTab";
import { errorPercents, timesOf } from "./version-series";

const route = getRouteApi("/shell/services/$service");
const FIRST_SORT = { key: "total_ms", descending: true };
const PANEL_PIXELS = 620;
const CHART_HEIGHT = 130;
/** Stands for all names above the limit; no span is called so. */
const COLLAPSED = "(other)";

export function EndpointsTab({ service }: { service: string }) {
  const { t } = useTranslation("services");
  const { endpoint } = route.useSearch();
  const change = useSearchChange();
  const query = useQuery(endpointsQuery(useAsked(), service));
  return (
    <>
      <QueryBoundary
        query={query}
        isEmpty={({ endpoints }) => endpoints.length === 0}
        empty={<EmptyState title={t("endpoint.empty")} text={t("empty.text")} />}
      >
        {(data) => <Ranking service={service} data={data} />}
      </QueryBoundary>
      <SidePanel
        opened={endpoint !== undefined}
        title={<span className="wrap-anywhere">{endpoint ?? ""}</span>}
        size={PANEL_PIXELS}
        onClose={() => change({ endpoint: undefined })}
      >
        {endpoint === undefined ? null : (
          <Endpoint
            service={service}
            endpoint={endpoint}
            kind={query.data?.endpoints.find((row) => row.endpoint === endpoint)?.kind}
          />
        )}
      </SidePanel>
    </>
  );
}

function Ranking({ service, data }: { service: string; data: EndpointsAnswer }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const [filter, setFilter] = useState("");
  const costs = useKnownCosts(service);
  const columns = useMemo(() => endpointColumns(t as Texts, format, costs), [t, format, costs]);
  const wanted = filter.toLowerCase();
  const shown = useMemo(
    () => data.endpoints.filter((row) => row.endpoint.toLowerCase().includes(wanted)),
    [data, wanted],
  );
  return (
    <Stack gap="xs">
      {data.truncated ? (
        <Alert variant="light" p="xs">
          {t("endpoint.truncated", { number: format.count(data.endpoints.length) })}
        </Alert>
      ) : null}
      {data.collapsed_names > 0 ? (
        <Alert variant="light" p="xs">
          {t("endpoint.collapsed", { number: format.count(data.collapsed_names) })}
        </Alert>
      ) : null}
      <DataTable
        label={t("tab.endpoints")}
        rows={shown}
        columns={columns}
        rowKey={(row) => `${row.kind ?? ""} ${row.endpoint}`}
        onOpen={(row) => change({ endpoint: row.endpoint })}
        initialSort={FIRST_SORT}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName={`${service}-endpoints`}
        height="fill"
        empty={<EmptyState title={t("endpoint.no_match")} />}
        toolbar={
          <TextInput
            size="xs"
            w={220}
            aria-label={t("endpoint.filter")}
            placeholder={t("endpoint.filter")}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        }
      />
    </Stack>
  );
}

/** Undefined while nothing is known: columns of dashes would say nothing. */
function useKnownCosts(service: string): KnownCosts | undefined {
  const { data } = useQuery(endpointCostsQuery(useAsked(), service));
  const money = useMoney(data?.currency ?? "");
  return useMemo(() => {
    if (data === undefined || data.rows.length === 0) {
      return undefined;
    }
    return { of: new Map(data.rows.map((row) => [row.endpoint, row])), money };
  }, [data, money]);
}

interface EndpointProps {
  service: string;
  endpoint: string;
  kind: string | null | undefined;
}

function Endpoint({ service, endpoint, kind }: EndpointProps) {
  const { t } = useTranslation("services");
  const query = useQuery(seriesQuery(useAsked(), service, endpoint));
  return (
    <Stack>
      <Group gap="xs">
        {(["overview", "latency", "hits"] as const).map((tab) => (
          <Button
            key={tab}
            component={Link}
            to="/services/$service"
            params={{ service } as never}
            search={{ endpoint, tab: tab === "overview" ? undefined : tab } as never}
            variant="default"
          >
            {t(`endpoint.open_${tab}`)}
          </Button>
        ))}
        {endpoint === COLLAPSED ? null : (
          <Button
            component={Link}
            to="/traces"
            search={{ q: `${spansQuery(service)} ${operationTerm(endpoint, kind)}` } as never}
            variant="default"
          >
            {t("hits.in_traces")}
          </Button>
        )}
      </Group>
      <QueryBoundary query={query}>{(series) => <EndpointCharts series={series} />}</QueryBoundary>
      <LatencyTab service={service} endpoint={endpoint} height={200} />
    </Stack>
  );
}

function EndpointCharts({ series }: { series: ServiceSeries }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { all } = series;
  const timesMs = timesOf(series);
  const perSecond = 1000 / series.bucket_ms;
  const markers = series.deploys.map(({ version, at_ms }) => ({ timeMs: at_ms, label: version }));
  const shared = { timesMs, markers, height: CHART_HEIGHT };
  return (
    <>
      <TimeChart
        {...shared}
        title={t("chart.requests_all")}
        series={[
          { name: t("column.requests"), values: all.requests.map((value) => value * perSecond) },
        ]}
        kind="bars"
        format={format.rate}
      />
      <TimeChart
        {...shared}
        title={t("chart.errors_all")}
        series={[{ name: t("column.error_percent"), values: errorPercents(all) }]}
        format={(value) => errorPercent(value, format)}
      />
      <TimeChart
        {...shared}
        title={t("chart.latency_all")}
        series={(["p50_ms", "p95_ms", "p99_ms"] as const).map((key) => ({
          name: t(`column.${key}`),
          values: all[key],
        }))}
        format={format.durationMs}
      />
    </>
  );
}
