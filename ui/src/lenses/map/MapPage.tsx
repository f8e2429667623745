/** The service map: who calls whom, how often, how fast, and with how many errors. */
import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Loading } from "@/common/Loading";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { MapCanvas } from "./canvas/MapCanvas";
import { NO_FILTERS } from "./FilterMenu";
import { Legend } from "./Legend";
import type { Graph } from "./layout/geometry";
import { useLayout } from "./layout/use-layout";
import { MapNotes, Neighbourhood } from "./MapNotes";
import { MapTable } from "./MapTable";
import { type ChangeSearch, MapToolbar } from "./MapToolbar";
import { type AnsweredMap, mapQuery } from "./map-api";
import { isFiltered, type ShownMap, shownMap } from "./map-filters";
import { depthOf, type MapSearch } from "./map-search";
import { EdgePanel } from "./panel/EdgePanel";
import { NodePanel } from "./panel/NodePanel";
import "./map.css";

const route = getRouteApi("/shell/map");

export default function MapPage() {
  const { t } = useTranslation("map");
  const search = route.useSearch();
  const change = useSearchChange() as ChangeSearch;
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const scope = { fromMs, toMs, environment, service: search.service, depth: depthOf(search) };
  const query = useQuery(mapQuery(scope));
  const shown = useShownMap(query.data, search);
  const [found, setFound] = useState<string>();
  return (
    <Page
      title={t("title")}
      header={
        <Stack gap="xs">
          <MapToolbar search={search} nodes={shown.nodes} change={change} onFind={setFound} />
          <Neighbourhood search={search} change={change} />
        </Stack>
      }
    >
      <QueryBoundary
        query={query}
        loading={<Loading rows={1} height={480} />}
        isEmpty={(map) => map.nodes.length === 0}
        empty={<NothingThere search={search} change={change} />}
      >
        {(map) => (
          <MapView
            map={map}
            shown={shown}
            search={search}
            change={change}
            found={found}
            onFound={() => setFound(undefined)}
            environment={environment}
          />
        )}
      </QueryBoundary>
    </Page>
  );
}

const NOTHING: ShownMap = { nodes: [], edges: [] };

function useShownMap(map: AnsweredMap | undefined, search: MapSearch): ShownMap {
  const { kind, filter, errors, min, only } = search;
  return useMemo(
    () =>
      map === undefined
        ? NOTHING
        : shownMap(map, { kind, filter, errors, min, only, service: map.service }),
    [map, kind, filter, errors, min, only],
  );
}

interface MapViewProps {
  map: AnsweredMap;
  shown: ShownMap;
  search: MapSearch;
  change: ChangeSearch;
  found: string | undefined;
  onFound: () => void;
  environment: string | undefined;
}

function MapView(props: MapViewProps) {
  const { map, shown, search, change } = props;
  const { t } = useTranslation("map");
  return (
    <Stack gap="xs">
      <MapNotes map={map} />
      {shown.nodes.length === 0 ? (
        <EmptyState title={t("no_match")}>
          <Button variant="default" onClick={() => change(NO_FILTERS)}>
            {t("filters.reset")}
          </Button>
        </EmptyState>
      ) : search.view === "table" ? (
        <MapTable shown={shown} search={search} change={change} />
      ) : (
        <Drawing {...props} />
      )}
      <NodePanel id={search.node} map={map} change={change} />
      <EdgePanel
        id={search.node === undefined ? search.edge : undefined}
        map={map}
        change={change}
      />
    </Stack>
  );
}

function graphOf({ nodes, edges }: ShownMap): Graph {
  return {
    nodes: nodes.map(({ id }) => id),
    edges: edges.map(({ id, source, target }) => ({ id, source, target })),
  };
}

function Drawing({ map, shown, search, change, environment, ...finding }: MapViewProps) {
  const all = useMemo(() => graphOf(map), [map]);
  const part = useMemo(() => graphOf(shown), [shown]);
  const key = JSON.stringify([environment, map.service, map.service && map.depth]);
  const { arranged, isWorking, layOutAnew } = useLayout(key, all, part);
  const { kind, filter, errors, min, only } = search;
  const fitKey = JSON.stringify([
    arranged?.key,
    isFiltered(search),
    kind,
    filter,
    errors,
    min,
    only,
  ]);
  const onOpenNode = useCallback((id: string) => change({ node: id, edge: undefined }), [change]);
  const onOpenEdge = useCallback((id: string) => change({ edge: id, node: undefined }), [change]);
  if (arranged === undefined) {
    return <Loading rows={1} height={480} />;
  }
  return (
    <>
      <MapCanvas
        nodes={shown.nodes}
        edges={shown.edges}
        layout={arranged.layout}
        measure={search.show ?? "rate"}
        openNode={search.node}
        openEdge={search.node === undefined ? search.edge : undefined}
        {...finding}
        fitKey={fitKey}
        isBusy={isWorking}
        onOpenNode={onOpenNode}
        onOpenEdge={onOpenEdge}
        onLayOutAnew={layOutAnew}
      />
      <Legend />
    </>
  );
}

function NothingThere({ search, change }: { search: MapSearch; change: ChangeSearch }) {
  const { t } = useTranslation("map");
  if (search.service === undefined) {
    return <EmptyState title={t("empty.title")} text={t("empty.text")} sendData />;
  }
  return (
    <EmptyState
      title={t("empty.service", { service: search.service })}
      text={t("empty.service_text")}
    >
      <Button variant="default" onClick={() => change({ service: undefined, depth: undefined })}>
        {t("around.leave")}
      </Button>
    </EmptyState>
  );
}
