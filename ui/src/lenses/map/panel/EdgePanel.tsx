/** A call beside the map: its figures, its ends, and its spans at both of them. */
import { Group, Stack, Text } from "@mantine/core";
import { IconArrowRight, IconListTree, IconPlugConnected } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { SidePanel } from "@/common/SidePanel";
import { KindIcon } from "../canvas/NodeShape";
import type { ChangeSearch } from "../MapToolbar";
import type { MapEdge, MapNode, ServiceMap } from "../map-api";
import { endsOf, spansOfCallee, spansOfCaller } from "../map-links";
import { FigureList } from "./FigureList";
import { LinkButton } from "./LinkButton";

interface EdgePanelProps {
  id: string | undefined;
  map: ServiceMap;
  change: ChangeSearch;
}

export function EdgePanel({ id, map, change }: EdgePanelProps) {
  const { t } = useTranslation("map");
  const edge = map.edges.find((it) => it.id === id);
  const ends = edge === undefined ? undefined : endsOf(edge, map.nodes);
  const isOpen = id !== undefined;
  return (
    <SidePanel
      opened={isOpen}
      title={<span className="wrap-anywhere">{t("panel.call")}</span>}
      onClose={() => change({ edge: undefined })}
    >
      {!isOpen ? null : edge === undefined || ends === undefined ? (
        <Text>{t("panel.gone")}</Text>
      ) : (
        <EdgeDetails edge={edge} source={ends[0]} target={ends[1]} change={change} />
      )}
    </SidePanel>
  );
}

interface DetailsProps {
  edge: MapEdge;
  source: MapNode;
  target: MapNode;
  change: ChangeSearch;
}

function EdgeDetails({ edge, source, target, change }: DetailsProps) {
  const { t } = useTranslation("map");
  return (
    <Stack>
      <Group gap="xs">
        <EndButton node={source} change={change} />
        <IconArrowRight size={16} role="img" aria-label={t("panel.to")} />
        <EndButton node={target} change={change} />
      </Group>
      <FigureList
        figures={edge.figures}
        first={[
          [t("panel.manner"), edge.asynchronous ? t("panel.asynchronous") : t("panel.synchronous")],
          ...(edge.protocol === null ? [] : ([[t("panel.protocol"), edge.protocol]] as const)),
        ]}
      />
      <CallLinks source={source} target={target} />
    </Stack>
  );
}

function EndButton({ node, change }: { node: MapNode; change: ChangeSearch }) {
  return (
    <button
      type="button"
      className="map-link"
      onClick={() => change({ edge: undefined, node: node.id })}
    >
      <KindIcon kind={node.kind} size={14} />
      <span className="wrap-anywhere">{node.name}</span>
    </button>
  );
}

function CallLinks({ source, target }: Pick<DetailsProps, "source" | "target">) {
  const { t } = useTranslation("map");
  const links = [
    { label: t("link.sent"), q: spansOfCaller(source, target) },
    { label: t("link.sent_failed"), q: spansOfCaller(source, target, true) },
    { label: t("link.received"), q: spansOfCallee(source, target) },
    { label: t("link.received_failed"), q: spansOfCallee(source, target, true) },
  ];
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {links
          .filter(({ q }) => q !== "")
          .map(({ label, q }) => (
            <LinkButton key={label} label={label} icon={IconListTree} to="/traces" search={{ q }} />
          ))}
        {target.kind === "service" || target.kind === "queue" ? null : (
          <LinkButton
            label={t("link.evidence")}
            icon={IconPlugConnected}
            to="/dependencies/evidence"
            search={{ kind: target.kind, name: target.name, caller: source.name }}
          />
        )}
      </Group>
      {source.kind === "service" && target.kind === "service" ? (
        <Text size="xs" c="dimmed">
          {t("panel.both_services")}
        </Text>
      ) : null}
    </Stack>
  );
}
