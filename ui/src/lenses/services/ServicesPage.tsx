/** All services of the time range and environment: rate, errors, latency. */
import { Alert, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { ServicePanel } from "./ServicePanel";
import { Sparkline } from "./Sparkline";
import "./services.css";

type Row = Schemas["ServiceRow"];
type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/services");
/** Red is for what needs a look; single errors among many requests do not. */
const ERRORS_MARKED_PERCENT = 1;
const FIRST_SORT = { key: "requests", descending: true };

export function servicesQuery(fromMs: number, toMs: number, environment: string | undefined) {
  return queryOptions({
    queryKey: ["services", fromMs, toMs, environment],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        from_ms: fromMs,
        to_ms: toMs,
        ...(environment === undefined ? {} : { environment }),
      };
      return answer(api.GET("/api/v1/services", { params: { query }, signal }));
    },
  });
}

export default function ServicesPage() {
  const { t } = useTranslation("services");
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const format = useFormat();
  const query = useQuery(servicesQuery(fromMs, toMs, environment));
  return (
    <Page title={t("title")}>
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.services.length === 0}
        empty={<EmptyState title={t("empty.title")} text={t("empty.text")} sendData />}
      >
        {(data) => (
          <Stack gap="xs">
            {data.truncated ? (
              <Alert variant="light" p="xs">
                {t("truncated", { number: format.count(data.services.length) })}
              </Alert>
            ) : null}
            <ServiceList services={data.services} />
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

function ServiceList({ services }: { services: Row[] }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => serviceColumns(t as Texts, format), [t, format]);
  const filter = search.filter ?? "";
  const wanted = filter.toLowerCase();
  const shown = useMemo(
    () => services.filter((row) => row.service.toLowerCase().includes(wanted)),
    [services, wanted],
  );
  return (
    <>
      <DataTable
        label={t("title")}
        rows={shown}
        columns={columns}
        rowKey={(row) => row.service}
        onOpen={(row) => change({ service: row.service })}
        openedKey={search.service}
        initialSort={FIRST_SORT}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName="services"
        height="fill"
        empty={<EmptyState title={t("no_match")} />}
        toolbar={
          <TextInput
            size="xs"
            w={220}
            aria-label={t("filter")}
            placeholder={t("filter")}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={filter}
            onChange={(event) => change({ filter: event.currentTarget.value }, true)}
          />
        }
      />
      <ServicePanel
        row={services.find((row) => row.service === search.service)}
        service={search.service}
        onClose={() => change({ service: undefined })}
      />
    </>
  );
}

function serviceColumns(t: Texts, format: Formats): Column<Row>[] {
  const figure = (
    key: "requests" | "rate_per_second" | "p50_ms" | "p95_ms" | "p99_ms",
    show: (value: number | null | undefined) => string,
  ): Column<Row> => ({
    key,
    header: t(`column.${key}`),
    value: (row) => row[key],
    cell: (row) => show(row[key]),
    align: "right",
    width: 96,
  });
  return [
    {
      key: "service",
      header: t("column.service"),
      value: (row) => row.service,
      cell: (row) => <span title={row.service}>{row.service}</span>,
      width: 150,
      grow: 2,
    },
    { ...figure("requests", format.count), hint: t("requests_hint"), width: 120 },
    figure("rate_per_second", format.rate),
    errorColumn(t, format),
    figure("p50_ms", format.durationMs),
    figure("p95_ms", format.durationMs),
    figure("p99_ms", format.durationMs),
    trendColumn(t, format),
    {
      key: "versions",
      header: t("column.versions"),
      value: (row) => row.versions.join(" "),
      cell: (row) => <span title={row.versions.join("\n")}>{row.versions.join(", ") || "–"}</span>,
      width: 130,
      grow: 1,
    },
    {
      key: "last_seen_ms",
      header: t("column.last_seen"),
      value: (row) => row.last_seen_ms,
      cell: (row) => (
        <span title={format.time(row.last_seen_ms)}>{format.ago(row.last_seen_ms)}</span>
      ),
      width: 140,
    },
  ];
}

/** Two decimals are enough to compare; what is not zero never reads as zero. */
export function errorPercent(value: number, format: Formats): string {
  const least = 0.01;
  return value > 0 && value < least
    ? `< ${format.percent(least)}`
    : format.percent(Math.round(value / least) * least);
}

function errorColumn(t: Texts, format: Formats): Column<Row> {
  return {
    key: "error_percent",
    header: t("column.errors"),
    value: (row) => row.error_percent,
    cell: (row) => (
      <span className={row.error_percent >= ERRORS_MARKED_PERCENT ? "text-error" : undefined}>
        {errorPercent(row.error_percent, format)}
      </span>
    ),
    align: "right",
    width: 90,
  };
}

function trendColumn(t: Texts, format: Formats): Column<Row> {
  return {
    key: "trend",
    header: t("column.trend"),
    value: (row) => row.requests_series.join(" "),
    cell: (row) => (
      <Sparkline
        requests={row.requests_series}
        errors={row.errors_series}
        label={t("trend_label", {
          requests: format.count(row.requests),
          errors: format.count(row.errors),
        })}
      />
    ),
    width: 164,
    sortable: false,
  };
}
