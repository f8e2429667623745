/** Where a node and a call lead: searches for their spans, as the search language writes them. */
import { fieldTerm } from "@/common/search-bar/query-edits";
import type { MapEdge, MapNode } from "./map-api";

/** Spans of who calls or sends. */
const OUTGOING = "kind:(client OR producer)";
/** Spans of who is called or receives. */
const INCOMING = "kind:(server OR consumer)";
const FAILED = "status:error";
/** Calls of a service to anything but databases. */
const NO_DATABASE = "-@db.system.name:*";
/** Stands for the varying part of names such as those of reply queues, one for each client. */
const VARYING_PART = "{id}";

function isOne(...terms: string[]): string {
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" OR ")})`;
}

/** `host:8443` is an address and a port; what has no port is an address. */
function hostTerms(host: string): string[] {
  const [, address, port] = /^(.+):(\d{1,5})$/.exec(host) ?? [];
  const whole = fieldTerm("@server.address", [host]);
  const named = [fieldTerm("@peer.service", [host]), whole];
  const other = fieldTerm("@network.peer.address", [host]);
  return address === undefined || port === undefined
    ? [...named, other]
    : [
        ...named,
        other,
        `(${fieldTerm("@server.address", [address])} ${fieldTerm("@server.port", [port])})`,
      ];
}

/** Spans that talk to a node which has none of its own. */
function peerTerm({ kind, name, system }: MapNode): string {
  if (kind === "queue") {
    return name.includes(VARYING_PART)
      ? `@messaging.destination.name:${name.split(VARYING_PART).map(literal).join("*")}`
      : fieldTerm("@messaging.destination.name", [name]);
  }
  if (kind === "external") {
    return isOne(...hostTerms(name), fieldTerm("@rpc.service", [name]), urlTerm(name));
  }
  const product = system === null ? [] : [fieldTerm("@db.system.name", [system])];
  if (name === system) {
    return product.join(" ");
  }
  const at = name.lastIndexOf("@");
  const place =
    kind === "database" && at > 0
      ? [fieldTerm("@db.namespace", [name.slice(0, at)]), isOne(...hostTerms(name.slice(at + 1)))]
      : [isOne(...hostTerms(name), fieldTerm("@db.namespace", [name]))];
  return [...product, ...place].join(" ");
}

/** The address within a URL, for spans that tell nothing else. */
function urlTerm(host: string): string {
  return `@url.full:*//${literal(host)}*`;
}

/** Text between wildcards, where every sign stands for itself. */
function literal(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_.-]/gu, (sign) => `\\${sign}`);
}

function joined(...terms: (string | false)[]): string {
  return terms.filter((it) => it !== false && it !== "").join(" ");
}

/** Spans of a service, or those that talk to an inferred node. */
export function spansOfNode(node: MapNode, onlyFailed = false): string {
  const own =
    node.kind === "service"
      ? fieldTerm("service", [node.name])
      : joined(outgoing(node), peerTerm(node));
  return joined(own, onlyFailed && FAILED);
}

/** A queue is known from both of its ends. */
function outgoing({ kind }: MapNode): string {
  return kind === "queue" ? "kind:(producer OR consumer OR client)" : OUTGOING;
}

/** Spans that the caller has of a call; the callee of a service is not written on them. */
export function spansOfCaller(source: MapNode, target: MapNode, onlyFailed = false): string {
  const peer = target.kind === "service" ? NO_DATABASE : peerTerm(target);
  return source.kind === "service"
    ? joined(fieldTerm("service", [source.name]), OUTGOING, peer, onlyFailed && FAILED)
    : "";
}

/** Spans that the callee has of a call; empty when it has none. */
export function spansOfCallee(source: MapNode, target: MapNode, onlyFailed = false): string {
  if (target.kind !== "service") {
    return "";
  }
  const service = fieldTerm("service", [target.name]);
  return source.kind === "service"
    ? joined(service, INCOMING, onlyFailed && FAILED)
    : joined(service, "kind:(consumer OR client)", peerTerm(source), onlyFailed && FAILED);
}

export function logsOfService(name: string): string {
  return fieldTerm("service", [name]);
}

/** The ends of a call; undefined when one of them is not in the answer. */
export function endsOf(
  edge: MapEdge,
  nodes: readonly MapNode[],
): readonly [source: MapNode, target: MapNode] | undefined {
  const source = nodes.find(({ id }) => id === edge.source);
  const target = nodes.find(({ id }) => id === edge.target);
  return source === undefined || target === undefined ? undefined : [source, target];
}
