/** A node beside the map: figures, callers, callees, and where to go from here. */
import { Button, Group, Stack, Text } from "@mantine/core";
import {
  IconBug,
  IconFocusCentered,
  IconListTree,
  IconLogs,
  IconPlugConnected,
  IconServer2,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Fact } from "@/common/FactList";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { useServiceCosts } from "@/lenses/cost/marks/use-service-costs";
import { KindIcon } from "../canvas/NodeShape";
import type { ChangeSearch } from "../MapToolbar";
import type { MapNode, ServiceMap } from "../map-api";
import { callsOf } from "../map-filters";
import { logsOfService, spansOfNode } from "../map-links";
import { CallList } from "./CallList";
import { FigureList } from "./FigureList";
import { LinkButton } from "./LinkButton";

interface NodePanelProps {
  id: string | undefined;
  map: ServiceMap;
  change: ChangeSearch;
}

export function NodePanel({ id, map, change }: NodePanelProps) {
  const { t } = useTranslation("map");
  const node = map.nodes.find((it) => it.id === id);
  const kind = node?.kind ?? "service";
  const name = node?.name ?? id?.replace(/^[^:]*:/, "") ?? "";
  return (
    <SidePanel
      opened={id !== undefined}
      title={
        <Group gap={6} wrap="nowrap">
          <KindIcon kind={kind} />
          <span className="wrap-anywhere">{name}</span>
        </Group>
      }
      onClose={() => change({ node: undefined })}
    >
      {id === undefined ? null : node === undefined ? (
        <Text>{t("panel.gone")}</Text>
      ) : (
        <NodeDetails node={node} map={map} change={change} />
      )}
    </SidePanel>
  );
}

interface DetailsProps {
  node: MapNode;
  map: ServiceMap;
  change: ChangeSearch;
}

function NodeDetails({ node, map, change }: DetailsProps) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const cost = useNodeCost(node);
  const { callers, callees } = callsOf(map, node.id);
  const open = {
    nodes: map.nodes,
    onNode: (id: string) => change({ node: id }),
    onEdge: (id: string) => change({ node: undefined, edge: id }),
  };
  return (
    <Stack>
      <FigureList
        figures={node.figures}
        first={[
          [t("panel.kind"), t(`kind.${node.kind}`)],
          ...(node.system === null ? [] : ([[t("panel.system"), node.system]] as const)),
        ]}
        last={[
          ...cost,
          ...(node.versions.length === 0
            ? []
            : ([[t("panel.versions"), node.versions.join(", ")]] as const)),
          [t("panel.last_seen"), format.time(node.last_seen_ms)],
        ]}
      />
      {node.kind === "service" ? null : (
        <Text size="sm" c="dimmed">
          {t("panel.inferred")}
        </Text>
      )}
      {node.kind === "service" ? (
        <ServiceLinks node={node} change={change} />
      ) : (
        <PeerLinks node={node} />
      )}
      <CallList title={t("panel.callers")} calls={callers} end="source" {...open} />
      {node.kind !== "service" && callees.length === 0 ? null : (
        <CallList title={t("panel.callees")} calls={callees} end="target" {...open} />
      )}
    </Stack>
  );
}

/** What the service costs; nothing where no bill of that time is known. */
function useNodeCost(node: MapNode): Fact[] {
  const { t } = useTranslation("map");
  const costs = useServiceCosts();
  const cost = costs?.of.get(node.kind === "service" ? node.name : "");
  return cost === undefined || costs === undefined
    ? []
    : [
        [t("figure.cost"), costs.money.text(cost.direct)],
        [t("figure.cost_per_request"), costs.money.text(cost.per_request)],
      ];
}

function ServiceLinks({ node, change }: Pick<DetailsProps, "node" | "change">) {
  const { t } = useTranslation("map");
  return (
    <Group gap="xs">
      <LinkButton
        label={t("link.service")}
        icon={IconServer2}
        to="/services/$service"
        params={{ service: node.name }}
      />
      <LinkButton
        label={t("link.traces")}
        icon={IconListTree}
        to="/traces"
        search={{ q: spansOfNode(node) }}
      />
      <LinkButton
        label={t("link.failed")}
        icon={IconListTree}
        to="/traces"
        search={{ q: spansOfNode(node, true) }}
      />
      <LinkButton
        label={t("link.logs")}
        icon={IconLogs}
        to="/logs"
        search={{ q: logsOfService(node.name) }}
      />
      <LinkButton
        label={t("link.errors")}
        icon={IconBug}
        to="/errors"
        search={{ service: node.name }}
      />
      <Button
        variant="default"
        leftSection={<IconFocusCentered size={16} aria-hidden />}
        onClick={() => change({ service: node.name, node: undefined, edge: undefined })}
      >
        {t("link.around")}
      </Button>
    </Group>
  );
}

function PeerLinks({ node }: Pick<DetailsProps, "node">) {
  const { t } = useTranslation("map");
  return (
    <Group gap="xs">
      <LinkButton
        label={t("link.evidence")}
        icon={IconPlugConnected}
        to="/dependencies/evidence"
        search={{ kind: node.kind, name: node.name }}
      />
      <LinkButton
        label={t("link.traces")}
        icon={IconListTree}
        to="/traces"
        search={{ q: spansOfNode(node) }}
      />
      <LinkButton
        label={t("link.failed")}
        icon={IconListTree}
        to="/traces"
        search={{ q: spansOfNode(node, true) }}
      />
    </Group>
  );
}
