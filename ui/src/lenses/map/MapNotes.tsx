/** What the map does not show, and how exact it is; and the neighbourhood it is limited to. */
import { Alert, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { ChangeSearch } from "./MapToolbar";
import type { ServiceMap } from "./map-api";
import { DEPTHS, depthOf, type MapSearch } from "./map-search";

export function MapNotes({ map }: { map: ServiceMap }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  return (
    <>
      {map.truncated ? (
        <Alert variant="light" color="yellow" p="xs">
          {t("truncated", { number: format.count(map.nodes.length) })}
        </Alert>
      ) : null}
      {map.sampled || map.unknown_peer_requests > 0 ? (
        <Group gap="lg" className="map-notes">
          {map.sampled ? <span>{t("sampled")}</span> : null}
          {map.unknown_peer_requests > 0 ? (
            <span>{t("unknown", { number: format.count(map.unknown_peer_requests) })}</span>
          ) : null}
        </Group>
      ) : null}
    </>
  );
}

export function Neighbourhood({ search, change }: { search: MapSearch; change: ChangeSearch }) {
  const { t } = useTranslation("map");
  if (search.service === undefined) {
    return null;
  }
  return (
    <Group gap="xs" className="map-around">
      <Text size="sm" className="wrap-anywhere">
        {t("around.title", { service: search.service })}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={t("around.depth")}
        value={String(depthOf(search))}
        onChange={(depth) => change({ depth: Number(depth) })}
        data={DEPTHS.map((depth) => ({
          value: String(depth),
          label: t("around.steps", { count: depth }),
        }))}
      />
      <Button variant="default" onClick={() => change({ service: undefined, depth: undefined })}>
        {t("around.leave")}
      </Button>
    </Group>
  );
}
