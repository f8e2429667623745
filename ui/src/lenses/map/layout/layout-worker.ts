/** Lays out beside the page, which stays usable meanwhile. */
import type { Graph, Layout } from "./geometry";
import { layoutGraph } from "./layered";

export interface LayoutTask {
  ticket: number;
  graph: Graph;
  earlier: Layout | undefined;
}

export interface LayoutDone {
  ticket: number;
  layout: Layout;
}

self.addEventListener("message", ({ data }: MessageEvent<LayoutTask>) => {
  const done: LayoutDone = {
    ticket: data.ticket,
    layout: layoutGraph(data.graph, data.earlier),
  };
  self.postMessage(done);
});
