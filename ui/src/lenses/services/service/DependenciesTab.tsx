/** Who calls the service, and whom it calls: services, databases, caches, queues, external hosts. */
import { Alert, Badge, Button, Stack, Text, Title } from "@mantine/core";
import { IconReportSearch, IconTopologyStar3 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { figureColumn, type Texts } from "../figure-columns";
import { ServiceLink } from "../ServiceLink";
import {
  type Dependency,
  dependenciesQuery,
  type MapNode,
  type ServiceDependencies,
  useAsked,
} from "../services-api";

const route = getRouteApi("/shell/services/$service");
const FIRST_SORT = { key: "requests", descending: true };
const PANEL_PIXELS = 640;
const DIRECTIONS = ["upstream", "downstream"] as const;
type Direction = (typeof DIRECTIONS)[number];

export function DependenciesTab({ service }: { service: string }) {
  const { t } = useTranslation("services");
  const query = useQuery(dependenciesQuery(useAsked(), service));
  return (
    <QueryBoundary query={query}>
      {(data) => (
        <Stack gap="lg">
          {data.truncated ? (
            <Alert variant="light" p="xs">
              {t("dependency.truncated")}
            </Alert>
          ) : null}
          {DIRECTIONS.map((direction) => (
            <section key={direction}>
              <Title order={2} size="h5" mb={4}>
                {t(`dependency.${direction}`)}
              </Title>
              <DependencyTable service={service} direction={direction} rows={data[direction]} />
            </section>
          ))}
          <PeerPanel service={service} data={data} />
        </Stack>
      )}
    </QueryBoundary>
  );
}

interface DependencyTableProps {
  service: string;
  direction: Direction;
  rows: readonly Dependency[];
}

/** One node may be called directly and through a queue. */
function peerKey(direction: Direction, row: Dependency): string {
  return `${direction} ${row.asynchronous ? "asynchronous" : "direct"} ${row.node.id}`;
}

function DependencyTable({ service, direction, rows }: DependencyTableProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { peer } = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => dependencyColumns(t as Texts, format), [t, format]);
  return (
    <DataTable
      label={t(`dependency.${direction}`)}
      rows={rows}
      columns={columns}
      rowKey={(row) => peerKey(direction, row)}
      onOpen={(row) => change({ peer: peerKey(direction, row) })}
      openedKey={peer}
      initialSort={FIRST_SORT}
      csvName={`${service}-${direction}`}
      height={360}
      empty={
        <Text size="sm" c="dimmed">
          {t(`dependency.no_${direction}`)}
        </Text>
      }
    />
  );
}

function dependencyColumns(t: Texts, format: Formats): Column<Dependency>[] {
  const figure = (key: Parameters<typeof figureColumn>[0]) =>
    figureColumn<Dependency>(key, (row) => row.figures, t, format);
  return [
    {
      key: "name",
      header: t("dependency.name"),
      value: (row) => row.node.name,
      cell: ({ node }) =>
        node.kind === "service" ? (
          <ServiceLink service={node.name} isInRow />
        ) : (
          <span title={node.name}>{node.name}</span>
        ),
      width: 200,
      grow: 2,
    },
    {
      key: "kind",
      header: t("column.kind"),
      value: (row) => t(`dependency.kind.${row.node.kind}`),
      cell: (row) => <NodeKind node={row.node} />,
      width: 170,
    },
    {
      key: "way",
      header: t("dependency.way"),
      value: (row) => t(row.asynchronous ? "dependency.asynchronous" : "dependency.direct"),
      width: 130,
    },
    figure("requests"),
    figure("rate_per_second"),
    figure("error_percent"),
    figure("p50_ms"),
    figure("p95_ms"),
    figure("p99_ms"),
    {
      key: "total_ms",
      header: t("column.total_ms"),
      value: (row) => row.figures.total_ms,
      cell: (row) => format.durationMs(row.figures.total_ms),
      align: "right",
      width: 120,
    },
  ];
}

function NodeKind({ node }: { node: MapNode }) {
  const { t } = useTranslation("services");
  const kind = t(`dependency.kind.${node.kind}`);
  return (
    <Badge variant="default" className="service-badge" title={node.system ?? undefined}>
      {node.system === null || node.kind === "service" ? kind : `${kind} · ${node.system}`}
    </Badge>
  );
}

/** The operations of one dependency, and where to go from it. */
function PeerPanel({ service, data }: { service: string; data: ServiceDependencies }) {
  const { t } = useTranslation("services");
  const { peer } = route.useSearch();
  const change = useSearchChange();
  const found = DIRECTIONS.flatMap((direction) =>
    data[direction].filter((row) => peerKey(direction, row) === peer),
  )[0];
  return (
    <SidePanel
      opened={found !== undefined}
      title={<span className="wrap-anywhere">{found?.node.name ?? ""}</span>}
      size={PANEL_PIXELS}
      onClose={() => change({ peer: undefined })}
    >
      {found === undefined ? null : (
        <Stack>
          <PeerLinks service={service} node={found.node} />
          <Operations dependency={found} />
          <Text size="xs" c="dimmed">
            {t("dependency.operations_hint")}
          </Text>
        </Stack>
      )}
    </SidePanel>
  );
}

function PeerLinks({ service, node }: { service: string; node: MapNode }) {
  const { t } = useTranslation("services");
  return (
    <div className="service-links">
      {node.kind === "service" ? (
        <ServiceLink service={node.name} />
      ) : (
        <Button
          component={Link}
          to="/dependencies/evidence"
          search={{ name: node.name, kind: node.kind, caller: service } as never}
          variant="default"
          leftSection={<IconReportSearch size={16} aria-hidden />}
        >
          {t("dependency.evidence")}
        </Button>
      )}
      <Button
        component={Link}
        to="/map"
        search={{ service } as never}
        variant="default"
        leftSection={<IconTopologyStar3 size={16} aria-hidden />}
      >
        {t("dependency.map")}
      </Button>
    </div>
  );
}

function Operations({ dependency }: { dependency: Dependency }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  type Row = Dependency["endpoints"][number];
  const columns = useMemo((): Column<Row>[] => {
    const figure = (key: Parameters<typeof figureColumn>[0]) =>
      figureColumn<Row>(key, (row) => row.figures, t as Texts, format);
    return [
      {
        key: "endpoint",
        header: t("dependency.operation"),
        value: (row) => row.endpoint,
        cell: (row) => <span title={row.endpoint}>{row.endpoint}</span>,
        width: 180,
        grow: 1,
      },
      figure("requests"),
      figure("error_percent"),
      figure("p50_ms"),
      figure("p95_ms"),
      figure("p99_ms"),
    ];
  }, [t, format]);
  return (
    <DataTable
      label={t("dependency.operations")}
      rows={dependency.endpoints}
      columns={columns}
      rowKey={(row) => row.endpoint}
      initialSort={FIRST_SORT}
      csvName={`${dependency.node.name}-operations`}
      height={480}
    />
  );
}
