/** What is left of a map. */
import { describe, expect, test } from "vitest";
import type { Figures, MapNode, ServiceMap } from "./map-api";
import { callsOf, countFilters, isFiltered, shownMap } from "./map-filters";
import { type MapSearch, type NodeKind, validateMapSearch } from "./map-search";

function figures(requests: number, errors = 0): Figures {
  const percent = requests === 0 ? 0 : (errors / requests) * 100;
  const ms = { p50_ms: 1, p95_ms: 2, p99_ms: 3, max_ms: 4, total_ms: requests };
  return { requests, errors, error_percent: percent, rate_per_second: requests / 60, ...ms };
}

function node(kind: NodeKind, name: string, own: Figures | null, system: string | null = null) {
  return { id: `${kind}:${name}`, kind, name, system, figures: own, versions: [], last_seen_ms: 0 };
}

function call(source: MapNode, target: MapNode, own: Figures) {
  const id = `${source.id}→${target.id}`;
  const ends = { source: source.id, target: target.id };
  return { id, ...ends, asynchronous: false, protocol: null, figures: own };
}

const web = node("service", "Web", figures(1000, 2));
const order = node("service", "order", figures(400, 30));
const bank = node("external", "bank.example", figures(100, 30), "http");
const shard = node("database", "shard", figures(5), "sqlite");
const MAP: ServiceMap = {
  nodes: [web, order, bank, shard],
  edges: [
    call(web, order, figures(400, 1)),
    call(order, bank, figures(100, 30)),
    call(order, shard, figures(5)),
    call(web, shard, figures(900)),
  ],
  truncated: false,
  unknown_peer_requests: 0,
  sampled: false,
};

function shown(search: MapSearch): [nodes: string[], edges: string[]] {
  const { nodes, edges } = shownMap(MAP, search);
  return [nodes.map(({ name }) => name), edges.map(({ id }) => id)];
}

describe("filters", () => {
  test("none shows everything", () => {
    expect(shown({})[0]).toEqual(["Web", "order", "bank.example", "shard"]);
    expect(shown({})[1]).toHaveLength(4);
  });

  test("text is looked for in names and systems, in any case", () => {
    expect(shown({ filter: " WEB " })[0]).toEqual(["Web"]);
    expect(shown({ filter: "sqli" })[0]).toEqual(["shard"]);
  });

  test("kinds, and the calls among what is left", () => {
    expect(shown({ kind: ["service", "external"] })).toEqual([
      ["Web", "order", "bank.example"],
      ["service:Web→service:order", "service:order→external:bank.example"],
    ]);
    expect(shown({ only: "services" })).toEqual([["Web", "order"], ["service:Web→service:order"]]);
  });

  test("only errors keeps what fails and the failing calls, not single errors", () => {
    expect(shown({ errors: true })).toEqual([
      ["order", "bank.example"],
      ["service:order→external:bank.example"],
    ]);
  });

  test("the fewest requests", () => {
    expect(shown({ min: 100 })[0]).toEqual(["Web", "order", "bank.example"]);
    expect(shown({ min: 100.5 })[0]).toEqual(["Web", "order"]);
  });

  test("the service that the map is about stays", () => {
    expect(shown({ service: "order", kind: ["database"] })[0]).toEqual(["order", "shard"]);
  });

  test("are counted for their button; services only is a switch of its own", () => {
    expect(countFilters({ kind: ["queue"], errors: true, min: 3, only: "services" })).toBe(3);
    expect(isFiltered({ only: "services" })).toBe(true);
    expect(isFiltered({ service: "order" })).toBe(false);
  });
});

test("callers and callees come by traffic", () => {
  const ids = ({ id }: { id: string }) => id;
  expect(callsOf(MAP, shard.id).callers.map(ids)).toEqual([
    "service:Web→database:shard",
    "service:order→database:shard",
  ]);
  expect(callsOf(MAP, shard.id).callees).toEqual([]);
  expect(callsOf(MAP, order.id).callees.map(ids)).toEqual([
    "service:order→external:bank.example",
    "service:order→database:shard",
  ]);
});

test("the address is read as it was written, and what it cannot mean is left out", () => {
  expect(
    validateMapSearch({
      service: "order",
      depth: "2",
      show: "p95",
      kind: ["queue", "nonsense"],
      min: "10",
      errors: "true",
      view: "table",
      only: "services",
    }),
  ).toEqual({
    service: "order",
    depth: 2,
    show: "p95",
    kind: ["queue"],
    min: 10,
    errors: true,
    view: "table",
    only: "services",
  });
  expect(
    validateMapSearch({ depth: "9", show: "cost", kind: "x", min: "-1", errors: "no", view: "" }),
  ).toEqual({});
});
