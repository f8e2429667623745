/** The same nodes and calls as lists, for reading, sorting and taking along. */
import { Stack, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import { readSort, sortText } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { type KnownServiceCosts, useServiceCosts } from "@/lenses/cost/marks/use-service-costs";
import type { ChangeSearch } from "./MapToolbar";
import type { Figures, MapEdge, MapNode } from "./map-api";
import type { ShownMap } from "./map-filters";
import type { MapSearch } from "./map-search";
import { healthOf } from "./measures";

type Texts = (key: string, values?: Record<string, unknown>) => string;

const FIRST_SORT = { key: "requests", descending: true };
const HEIGHT_MAX = 420;

interface MapTableProps {
  shown: ShownMap;
  search: MapSearch;
  change: ChangeSearch;
}

export function MapTable({ shown, search, change }: MapTableProps) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const costs = useServiceCosts();
  const nodeColumns = useMemo(
    () => [...columnsOfNodes(t as Texts, format, shown), ...columnsOfCost(t as Texts, costs)],
    [t, format, shown, costs],
  );
  const edgeColumns = useMemo(() => columnsOfEdges(t as Texts, format, shown), [t, format, shown]);
  return (
    <Stack gap="lg">
      <section>
        <Title order={2} size="h5">
          {t("table.nodes")}
        </Title>
        <DataTable
          label={t("table.nodes")}
          rows={shown.nodes}
          columns={nodeColumns}
          rowKey={(row) => row.id}
          onOpen={(row) => change({ node: row.id, edge: undefined })}
          openedKey={search.node}
          initialSort={FIRST_SORT}
          sort={readSort(search.sort)}
          onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
          csvName="service-map-nodes"
          height={HEIGHT_MAX}
        />
      </section>
      <section>
        <Title order={2} size="h5">
          {t("table.calls")}
        </Title>
        <DataTable
          label={t("table.calls")}
          rows={shown.edges}
          columns={edgeColumns}
          rowKey={(row) => row.id}
          onOpen={(row) => change({ edge: row.id, node: undefined })}
          openedKey={search.edge}
          initialSort={FIRST_SORT}
          sort={readSort(search.edge_sort)}
          onSortChange={(sort) => change({ edge_sort: sortText(sort) }, true)}
          csvName="service-map-calls"
          height={HEIGHT_MAX}
        />
      </section>
    </Stack>
  );
}

function textColumn<Row>(
  key: string,
  header: string,
  value: (row: Row) => string | null,
  width: number,
  grow = 0,
): Column<Row> {
  const cell = (row: Row) => <span title={value(row) ?? undefined}>{value(row) ?? "–"}</span>;
  return { key, header, value, cell, width, grow };
}

function figureColumns<Row extends { figures: Figures | null }>(
  t: Texts,
  format: Formats,
): Column<Row>[] {
  const figure = (
    key: keyof Figures,
    header: string,
    show: (value: number | null | undefined) => string,
  ): Column<Row> => ({
    key,
    header,
    value: (row) => row.figures?.[key],
    cell: (row) => show(row.figures?.[key]),
    align: "right",
    width: 92,
  });
  const errors = figure("error_percent", t("figure.error_percent"), format.percent);
  return [
    figure("requests", t("figure.requests"), format.count),
    figure("rate_per_second", t("figure.rate"), format.frequency),
    {
      ...errors,
      cell: (row) => (
        <span className="map-percent" data-health={healthOf(row.figures)}>
          {format.percent(row.figures?.error_percent)}
        </span>
      ),
    },
    figure("p50_ms", "p50", format.durationMs),
    figure("p95_ms", "p95", format.durationMs),
    figure("p99_ms", "p99", format.durationMs),
    figure("max_ms", t("figure.max"), format.durationMs),
  ];
}

function columnsOfNodes(t: Texts, format: Formats, shown: ShownMap): Column<MapNode>[] {
  const counted = (end: "source" | "target") => {
    const counts = new Map<string, number>();
    for (const edge of shown.edges) {
      counts.set(edge[end], (counts.get(edge[end]) ?? 0) + 1);
    }
    return counts;
  };
  const count = (key: string, counts: Map<string, number>): Column<MapNode> => ({
    key,
    header: t(`table.${key}`),
    value: (row) => counts.get(row.id) ?? 0,
    align: "right",
    width: 84,
  });
  return [
    textColumn("name", t("table.name"), (row) => row.name, 180, 2),
    textColumn("kind", t("table.kind"), (row) => t(`kind.${row.kind}`), 110),
    textColumn("system", t("table.system"), (row) => row.system, 100),
    ...figureColumns<MapNode>(t, format),
    count("callers", counted("target")),
    count("callees", counted("source")),
    {
      key: "last_seen_ms",
      header: t("table.last_seen"),
      value: (row) => row.last_seen_ms,
      cell: (row) => format.time(row.last_seen_ms),
      width: 160,
    },
  ];
}

function columnsOfCost(t: Texts, costs: KnownServiceCosts | undefined): Column<MapNode>[] {
  if (costs === undefined) {
    return [];
  }
  const costOf = (row: MapNode) => (row.kind === "service" ? costs.of.get(row.name) : undefined);
  const column = (key: "direct" | "per_request", header: string): Column<MapNode> => ({
    key: `cost_${key}`,
    header,
    value: (row) => {
      const amount = costOf(row)?.[key];
      return amount == null ? null : moneyNumber(amount);
    },
    cell: (row) => costs.money.text(costOf(row)?.[key]),
    align: "right",
    width: 110,
  });
  return [column("direct", t("figure.cost")), column("per_request", t("figure.cost_per_request"))];
}

function columnsOfEdges(t: Texts, format: Formats, shown: ShownMap): Column<MapEdge>[] {
  const names = new Map(shown.nodes.map((node) => [node.id, node.name]));
  return [
    textColumn("source", t("table.source"), (row) => names.get(row.source) ?? row.source, 160, 2),
    textColumn("target", t("table.target"), (row) => names.get(row.target) ?? row.target, 160, 2),
    textColumn(
      "manner",
      t("panel.manner"),
      (row) => (row.asynchronous ? t("panel.asynchronous") : t("panel.synchronous")),
      110,
    ),
    textColumn("protocol", t("panel.protocol"), (row) => row.protocol, 100),
    ...figureColumns<MapEdge>(t, format),
  ];
}
