/** One service: its figures, and tabs of how it does, when, for whom and since when. */
import { Alert, Anchor, Button, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { SERVICE_TABS, type ServiceTab } from "../service-search";
import { overviewQuery, type ServiceOverview, useAsked } from "../services-api";
import { CostTab } from "./CostTab";
import { DependenciesTab } from "./DependenciesTab";
import { DeploysTab } from "./DeploysTab";
import { EndpointsTab } from "./EndpointsTab";
import { ErrorsTab } from "./ErrorsTab";
import { HitsTab } from "./HitsTab";
import { InfrastructureTab } from "./InfrastructureTab";
import { LatencyTab } from "./LatencyTab";
import { OverviewTab } from "./OverviewTab";
import { ServiceHeader } from "./ServiceHeader";
import { ServiceLinks } from "./ServiceLinks";
import "../services.css";

const route = getRouteApi("/shell/services/$service");
/** The tabs whose figures can be those of one endpoint. */
const OF_ENDPOINT: readonly ServiceTab[] = ["overview", "latency", "endpoints", "hits"];

export default function ServicePage() {
  const { t } = useTranslation("services");
  const { service } = route.useParams();
  const query = useQuery(overviewQuery(useAsked(), service));
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Page title={service}>
        <EmptyState title={t("unknown.title", { service })} text={t("unknown.text")} sendData>
          <Anchor component={Link} to="/services" size="sm">
            {t("unknown.all")}
          </Anchor>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page title={service} actions={<ServiceLinks service={service} />}>
      <QueryBoundary query={query}>{(overview) => <Service overview={overview} />}</QueryBoundary>
    </Page>
  );
}

function Service({ overview }: { overview: ServiceOverview }) {
  const { t } = useTranslation("services");
  const tab = route.useSearch().tab ?? "overview";
  return (
    <Stack gap="md">
      <ServiceHeader overview={overview} />
      {overview.figures.requests === 0 ? (
        <Alert variant="light" p="xs">
          {t("quiet")}
        </Alert>
      ) : null}
      <ServiceTabs current={tab} />
      <EndpointFilter tab={tab} />
      <TabContent tab={tab} overview={overview} />
    </Stack>
  );
}

function ServiceTabs({ current }: { current: ServiceTab }) {
  const { t } = useTranslation("services");
  const { service } = route.useParams();
  const { endpoint } = route.useSearch();
  const nav = useRef<HTMLElement>(null);
  // Where the tabs are wider than the page, the chosen one is brought into view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is marked in the page
  useEffect(() => {
    const chosen = nav.current?.querySelector<HTMLElement>('[aria-current="page"]');
    if (nav.current !== null && chosen) {
      const room = (nav.current.clientWidth - chosen.offsetWidth) / 2;
      nav.current.scrollLeft = chosen.offsetLeft - nav.current.offsetLeft - room;
    }
  }, [current]);
  return (
    <nav ref={nav} className="service-tabs" aria-label={t("tab.label")}>
      {SERVICE_TABS.map((tab) => (
        <Link
          key={tab}
          to="/services/$service"
          params={{ service }}
          search={{ tab: tab === "overview" ? undefined : tab, endpoint } as never}
          resetScroll={false}
          // Tabs differ in the search only, of which a link says no more than a part.
          activeOptions={{ exact: true }}
          aria-current={tab === current ? "page" : undefined}
        >
          {t(`tab.${tab}`)}
        </Link>
      ))}
    </nav>
  );
}

/** Says which endpoint the figures are of, and whether this tab follows it. */
function EndpointFilter({ tab }: { tab: ServiceTab }) {
  const { t } = useTranslation("services");
  const { endpoint } = route.useSearch();
  const change = useSearchChange();
  if (endpoint === undefined || tab === "endpoints") {
    return null;
  }
  return (
    <div className="service-endpoint-filter">
      <Text size="sm" className="wrap-anywhere">
        {t(OF_ENDPOINT.includes(tab) ? "endpoint.only" : "endpoint.not_here")}{" "}
        <strong>{endpoint}</strong>
      </Text>
      <Button
        variant="default"
        size="compact-xs"
        leftSection={<IconX size={14} aria-hidden />}
        onClick={() => change({ endpoint: undefined })}
      >
        {t("endpoint.all")}
      </Button>
    </div>
  );
}

function TabContent({ tab, overview }: { tab: ServiceTab; overview: ServiceOverview }) {
  const { service } = overview;
  const { endpoint } = route.useSearch();
  switch (tab) {
    case "overview":
      return <OverviewTab service={service} endpoint={endpoint} />;
    case "latency":
      return <LatencyTab service={service} endpoint={endpoint} />;
    case "endpoints":
      return <EndpointsTab service={service} />;
    case "hits":
      return <HitsTab overview={overview} endpoint={endpoint} />;
    case "dependencies":
      return <DependenciesTab service={service} />;
    case "deploys":
      return <DeploysTab service={service} />;
    case "errors":
      return <ErrorsTab service={service} />;
    case "infrastructure":
      return <InfrastructureTab overview={overview} />;
    case "cost":
      return <CostTab service={service} />;
  }
}
