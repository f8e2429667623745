/** All services of the time range and environment: rate, errors, latency, and what changed. */
import { Alert, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useServiceCosts } from "@/lenses/cost/marks/use-service-costs";
import type { Texts } from "../figure-columns";
import { spansQuery } from "../service-links";
import { type ServiceRow, servicesQuery, useAsked } from "../services-api";
import { serviceColumns } from "./service-columns";
import "../services.css";

const route = getRouteApi("/shell/services");
const FIRST_SORT = { key: "requests", descending: true };

export default function ServicesPage() {
  const { t } = useTranslation("services");
  const format = useFormat();
  const query = useQuery(servicesQuery(useAsked()));
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

function ServiceList({ services }: { services: ServiceRow[] }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const navigate = useNavigate();
  const costs = useServiceCosts();
  const columns = useMemo(() => serviceColumns(t as Texts, format, costs), [t, format, costs]);
  const filter = search.filter ?? "";
  const wanted = filter.toLowerCase();
  const shown = useMemo(
    () => services.filter((row) => row.service.toLowerCase().includes(wanted)),
    [services, wanted],
  );
  // Telemetry without a service name has no page of its own, but its spans can be looked at.
  const open = ({ service }: ServiceRow) =>
    service === ""
      ? navigate({ to: "/traces", search: { q: spansQuery("") } as never })
      : navigate({ to: "/services/$service", params: { service } });
  return (
    <DataTable
      label={t("title")}
      rows={shown}
      columns={columns}
      rowKey={(row) => row.service}
      onOpen={(row) => void open(row)}
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
  );
}
