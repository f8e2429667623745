/** Searches that the map leads to: they find the spans of a node or a call, whatever its name is. */
import { describe, expect, test } from "vitest";
import type { MapEdge, MapNode } from "./map-api";
import { endsOf, logsOfService, spansOfCallee, spansOfCaller, spansOfNode } from "./map-links";
import type { NodeKind } from "./map-search";

function node(kind: NodeKind, name: string, system: string | null = null): MapNode {
  const id = [kind, system, name].filter((it) => it !== null).join(":");
  return { id, kind, name, system, figures: null, versions: [], last_seen_ms: null };
}

const order = node("service", "order");
const mailer = node("service", "mailer");

test("a service is found by its name, and its failures by their status", () => {
  expect(spansOfNode(order)).toBe("service:order");
  expect(spansOfNode(order, true)).toBe("service:order status:error");
  expect(logsOfService("주문")).toBe("service:주문");
});

describe("what has no spans of its own is found by the attributes of its callers", () => {
  test("a database by product, namespace and host", () => {
    expect(spansOfNode(node("database", "shop@db-1:5432", "postgresql"))).toBe(
      "kind:(client OR producer) @db.system.name:postgresql @db.namespace:shop " +
        '(@peer.service:"db-1:5432" OR @server.address:"db-1:5432" OR ' +
        '@network.peer.address:"db-1:5432" OR (@server.address:db-1 @server.port:5432))',
    );
  });

  test("a database of one name by namespace or host", () => {
    expect(spansOfNode(node("database", "orders_shard_0", "sqlite"))).toBe(
      "kind:(client OR producer) @db.system.name:sqlite (@peer.service:orders_shard_0 OR " +
        "@server.address:orders_shard_0 OR @network.peer.address:orders_shard_0 OR " +
        "@db.namespace:orders_shard_0)",
    );
  });

  test("what has no name but its product by that", () => {
    expect(spansOfNode(node("cache", "redis", "redis"))).toBe(
      "kind:(client OR producer) @db.system.name:redis",
    );
  });

  test("a queue from both ends, and reply queues by what their names share", () => {
    expect(spansOfNode(node("queue", "orders", "kafka"), true)).toBe(
      "kind:(producer OR consumer OR client) @messaging.destination.name:orders status:error",
    );
    expect(spansOfNode(node("queue", "reply to {id}", "rabbitmq"))).toBe(
      "kind:(producer OR consumer OR client) @messaging.destination.name:reply\\ to\\ *",
    );
  });

  test("an external host by its name, address or URL", () => {
    expect(spansOfNode(node("external", "bank.example", "http"))).toBe(
      "kind:(client OR producer) (@peer.service:bank.example OR @server.address:bank.example OR " +
        "@network.peer.address:bank.example OR @rpc.service:bank.example OR " +
        "@url.full:*//bank.example*)",
    );
  });
});

describe("a call", () => {
  test("between services is found at both of its ends", () => {
    expect(spansOfCaller(order, mailer)).toBe(
      "service:order kind:(client OR producer) -@db.system.name:*",
    );
    expect(spansOfCallee(order, mailer, true)).toBe(
      "service:mailer kind:(server OR consumer) status:error",
    );
  });

  test("to an inferred node is found at its caller only", () => {
    const cache = node("cache", "redis", "redis");
    expect(spansOfCaller(order, cache)).toBe(
      "service:order kind:(client OR producer) @db.system.name:redis",
    );
    expect(spansOfCallee(order, cache)).toBe("");
  });

  test("from a queue is found at its consumer only", () => {
    const queue = node("queue", "mail", "kafka");
    expect(spansOfCaller(queue, mailer)).toBe("");
    expect(spansOfCallee(queue, mailer)).toBe(
      "service:mailer kind:(consumer OR client) @messaging.destination.name:mail",
    );
  });

  test("has ends only while both are in the answer", () => {
    const edge = { source: order.id, target: mailer.id } as MapEdge;
    expect(endsOf(edge, [mailer, order])).toEqual([order, mailer]);
    expect(endsOf(edge, [order])).toBeUndefined();
  });
});

test.each(['a" OR service:other OR "', "a b | stats count()", "(x) AND NOT y", "back\\slash*"])(
  "the name %j is a value, and not a part of the search",
  (name) => {
    const quoted = `"${name.replaceAll(/["\\]/g, (it) => `\\${it}`)}"`;
    expect(spansOfNode(node("service", name))).toBe(`service:${quoted}`);
    expect(spansOfNode(node("queue", name))).toContain(`@messaging.destination.name:${quoted}`);
    const [url = ""] = /@url\.full:\*\/\/.*/s.exec(spansOfNode(node("external", name))) ?? [];
    // Only signs after a backslash, which stand for themselves, up to the last wildcard.
    expect(url).toMatch(/^@url\.full:\*\/\/(?:[\p{L}\p{N}_.-]|\\.)+\*\)$/su);
  },
);
