/** Names of services and hosts come from anybody who can send a span; all of them must stay text. */
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, test, vi } from "vitest";
import { loadTexts, startI18n } from "@/i18n";
import { expectText, giveRoom, HOSTILE, show } from "@/test-support/hostile-text";
import { MapCanvas } from "./canvas/MapCanvas";
import { layoutGraph } from "./layout/layered";
import { MapTable } from "./MapTable";
import type { Figures, MapEdge, MapNode, ServiceMap } from "./map-api";
import { KINDS, type NodeKind } from "./map-search";
import { EdgePanel } from "./panel/EdgePanel";
import { NodePanel } from "./panel/NodePanel";

beforeAll(async () => {
  giveRoom();
  await startI18n("en");
  await loadTexts("map");
});
afterEach(cleanup);

const NAMES = [...HOSTILE, "이름".repeat(400)];
const FIGURES: Figures = {
  requests: 1200,
  errors: 90,
  error_percent: 7.5,
  rate_per_second: 2,
  p50_ms: 10,
  p95_ms: 45,
  p99_ms: null,
  max_ms: 99,
  total_ms: 5000,
};

function node(kind: NodeKind, name: string): MapNode {
  const id = `${kind}:${name}`;
  const own = { figures: FIGURES, versions: [name], last_seen_ms: null };
  return { id, kind, name, system: kind === "service" ? null : name, ...own };
}

function mapOf(name: string): ServiceMap {
  const nodes = KINDS.map((kind) => node(kind, name));
  const [service] = nodes;
  const edges: MapEdge[] = nodes.map(({ id }) => ({
    id: `${service?.id}→${id}`,
    source: service?.id ?? "",
    target: id,
    asynchronous: true,
    protocol: name,
    figures: FIGURES,
  }));
  return { nodes, edges, truncated: false, unknown_peer_requests: 0, sampled: false };
}

function focusedNode(): string | undefined {
  return (document.activeElement as HTMLElement).dataset["node"];
}

function canvas(map: ServiceMap, onOpenNode: (id: string) => void = () => {}) {
  return (
    <MapCanvas
      nodes={map.nodes}
      edges={map.edges}
      layout={layoutGraph({ nodes: map.nodes.map(({ id }) => id), edges: map.edges })}
      measure="errors"
      openNode={map.nodes[0]?.id}
      openEdge={undefined}
      found={map.nodes[1]?.id}
      onFound={() => {}}
      fitKey=""
      isBusy={false}
      onOpenNode={onOpenNode}
      onOpenEdge={() => {}}
      onLayOutAnew={() => {}}
    />
  );
}

it.each(NAMES)("the map shows %j as text", (name) => expectText(canvas(mapOf(name)), name));

it.each(NAMES)("the table shows %j as text", (name) =>
  expectText(<MapTable shown={mapOf(name)} search={{}} change={() => {}} />, name),
);

it.each(NAMES)("the panels show %j as text, and lead to pages of ours", async (name) => {
  const map = mapOf(name);
  for (const { id } of map.nodes) {
    await expectText(<NodePanel id={id} map={map} change={() => {}} />, name);
    cleanup();
  }
  await expectText(<EdgePanel id={map.edges[4]?.id} map={map} change={() => {}} />, name);
});

test("nodes are buttons in reading order, named by what they show, and open by a click", async () => {
  const map = mapOf("shop");
  const onOpenNode = vi.fn();
  show(canvas(map, onOpenNode));
  const buttons = await screen.findAllByRole("button", { name: /shop/ });
  expect(buttons.map((button) => button.dataset["node"])[0]).toBe("service:shop");
  expect(buttons).toHaveLength(KINDS.length);
  expect(buttons[0]?.textContent).toBe("shopService7.5%");
  const [, second] = buttons;
  fireEvent.click(second as HTMLElement);
  expect(onOpenNode).toHaveBeenCalledWith(second?.dataset["node"]);
  // What was searched for has the focus, and arrow keys lead on from there.
  await waitFor(() => expect(focusedNode()).toBe("database:shop"));
  fireEvent.keyDown(document.activeElement as HTMLElement, { key: "ArrowLeft" });
  expect(focusedNode()).toBe("service:shop");
});

test("a panel for what is gone says so", async () => {
  show(<NodePanel id="service:gone" map={mapOf("shop")} change={() => {}} />);
  await screen.findByText(/not on the map/);
  expect(screen.getByText("gone")).toBeTruthy();
});
