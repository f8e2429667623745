/** Names of services and hosts come from anybody who can send a span; all of them must stay text. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeAll, expect, it, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import { MapCanvas } from "./canvas/MapCanvas";
import { layoutGraph } from "./layout/layered";
import { MapTable } from "./MapTable";
import type { Figures, MapEdge, MapNode, ServiceMap } from "./map-api";
import { KINDS, type NodeKind } from "./map-search";
import { EdgePanel } from "./panel/EdgePanel";
import { NodePanel } from "./panel/NodePanel";

const HOSTILE = [
  "<script>window.hacked = true</script>",
  '"><img src=x onerror="window.hacked = true">',
  "javascript:window.hacked = true",
  "{{constructor.constructor('window.hacked = true')()}}",
  "$t(title)",
  "__proto__",
  "\u202Egnp.exe\u001b[31m",
  "이름".repeat(400),
];

vi.hoisted(() => {
  window.scrollTo = () => {};
  Element.prototype.scrollIntoView = () => {};
  globalThis.CSS ??= { escape: (text: string) => text.replaceAll(/["\\]/g, "\\$&") } as never;
});

beforeAll(async () => {
  // Lists draw the rows for which there is room.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1600);
  await startI18n("en");
  await loadTexts("map");
});
afterEach(cleanup);

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

function show(content: ReactNode) {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/", component: () => content });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  return render(
    <MantineProvider>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
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

async function expectText(content: ReactNode, text: string) {
  show(content);
  await waitFor(() => expect(document.body.textContent).toContain(text));
  expect(document.querySelectorAll("script, img, iframe, [onerror]")).toHaveLength(0);
  for (const link of document.querySelectorAll("a")) {
    expect(link.getAttribute("href")).toMatch(/^\//);
  }
  expect(window).not.toHaveProperty("hacked");
}

it.each(HOSTILE)("the map shows %j as text", (name) => expectText(canvas(mapOf(name)), name));

it.each(HOSTILE)("the table shows %j as text", (name) =>
  expectText(<MapTable shown={mapOf(name)} search={{}} change={() => {}} />, name),
);

it.each(HOSTILE)("the panels show %j as text, and lead to pages of ours", async (name) => {
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
