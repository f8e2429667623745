/** Find, what the numbers show, filters, and the way to the table. */
import { Group, SegmentedControl, Select, Switch } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { FilterMenu } from "./FilterMenu";
import { compareIds } from "./layout/geometry";
import type { MapNode } from "./map-api";
import { type MapSearch, MEASURES, type Measure } from "./map-search";
import { TimeStep } from "./TimeStep";

const FOUND_MAX = 50;

export type ChangeSearch = (change: Partial<MapSearch>, replace?: boolean) => void;

interface MapToolbarProps {
  search: MapSearch;
  nodes: readonly MapNode[];
  change: ChangeSearch;
  onFind: (id: string) => void;
}

export function MapToolbar({ search, nodes, change, onFind }: MapToolbarProps) {
  const { t } = useTranslation("map");
  const isTable = search.view === "table";
  return (
    <Group gap="xs" className="map-toolbar">
      {isTable ? null : <FindNode nodes={nodes} onFind={onFind} />}
      {isTable ? null : (
        <SegmentedControl
          size="xs"
          aria-label={t("show.label")}
          value={search.show ?? "rate"}
          onChange={(show) => change({ show: show === "rate" ? undefined : (show as Measure) })}
          data={MEASURES.map((value) => ({ value, label: t(`show.${value}`) }))}
        />
      )}
      <FilterMenu search={search} change={change} />
      <Switch
        size="xs"
        label={t("services_only")}
        checked={search.only === "services"}
        onChange={(event) => change({ only: event.currentTarget.checked ? "services" : undefined })}
      />
      <SegmentedControl
        size="xs"
        className="map-view"
        aria-label={t("view.label")}
        value={search.view ?? "map"}
        onChange={(view) => change({ view: view === "table" ? "table" : undefined })}
        data={(["map", "table"] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
      />
      <TimeStep />
    </Group>
  );
}

function FindNode({ nodes, onFind }: Pick<MapToolbarProps, "nodes" | "onFind">) {
  const { t } = useTranslation("map");
  const [text, setText] = useState("");
  const options = useMemo(
    () =>
      [...nodes]
        .sort((a, b) => compareIds(a.name.toLowerCase(), b.name.toLowerCase()))
        .map((node) => ({ value: node.id, label: `${node.name} · ${t(`kind.${node.kind}`)}` })),
    [nodes, t],
  );
  return (
    <Select
      size="xs"
      className="map-find"
      aria-label={t("find")}
      placeholder={t("find")}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={null}
      searchable
      allowDeselect
      limit={FOUND_MAX}
      data={options}
      value={null}
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={t("find_nothing")}
      selectFirstOptionOnChange
      onChange={(id) => {
        setText("");
        if (id !== null) {
          onFind(id);
        }
      }}
    />
  );
}
