/** Reads the answer of the API into what the page of a trace draws. Runs in a worker. */
import type { Trace } from "../traces-api";
import { type FlameLayout, flameLayout } from "./flame-layout";
import { type Operations, operationShares, type ServiceShare, serviceShares } from "./summary";
import { buildTree, type TraceTree } from "./tree";

/** The trace without its spans. */
export type TraceFacts = Omit<Trace, "columns" | "critical_path" | "details" | "names">;

export interface LoadedTrace {
  facts: TraceFacts;
  tree: TraceTree;
  flame: FlameLayout;
  shares: ServiceShare[];
  operations: Operations;
  /**
   * JSON of the details of each span of a whole trace; empty for a large one. As text, because a
   * page that gets 3000 objects from a worker stops for as long as it takes to make them.
   */
  details: string[];
}

export function readTrace(bytes: ArrayBuffer): LoadedTrace {
  return loadedTrace(JSON.parse(new TextDecoder().decode(bytes)) as Trace);
}

export function loadedTrace(trace: Trace): LoadedTrace {
  const { columns: _columns, critical_path: _path, details, names: _names, ...facts } = trace;
  const tree = buildTree(trace);
  return {
    facts,
    tree,
    flame: flameLayout(tree),
    shares: serviceShares(tree),
    operations: operationShares(tree),
    details: details.map((it) => JSON.stringify(it)),
  };
}

/** Memory that is handed over rather than copied. */
export function buffersOf({ tree, flame }: LoadedTrace): ArrayBuffer[] {
  const parts = [tree, tree.critical, tree.events, flame].flatMap((it) => Object.values(it));
  return parts.filter(ArrayBuffer.isView).map((it) => it.buffer as ArrayBuffer);
}
