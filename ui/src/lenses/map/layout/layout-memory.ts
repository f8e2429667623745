/**
 * Where everything is, between two answers. A map that was seen stays as it was: what is gone
 * leaves its place free for a while, and what is new is fitted in.
 */
import { compareIds, type Graph, type Layout } from "./geometry";

type LayOut = (graph: Graph, earlier: Layout | undefined) => Promise<Layout>;

/** Maps that are remembered: that of all services, and of the neighbourhoods visited last. */
const MAPS_MAX = 12;
/** Fewer nodes than this share of the places would leave holes everywhere. */
const FILLED_SHARE_MIN = 0.7;

export function shapeOf(graph: Graph): string {
  const nodes = [...graph.nodes].sort(compareIds);
  const edges = graph.edges.map(({ id }) => id).sort(compareIds);
  return JSON.stringify([nodes, edges]);
}

/** Whether every node has a place in the layout, and enough places have a node. */
export function fits(graph: Graph, layout: Layout): boolean {
  return (
    graph.nodes.every((id) => layout.places.has(id)) &&
    graph.nodes.length >= layout.places.size * FILLED_SHARE_MIN
  );
}

export class LayoutMemory {
  private readonly layouts = new Map<string, Layout>();

  constructor(private readonly layOut: LayOut) {}

  /**
   * The layout of what is shown of `all`. `key` tells maps apart that have nothing to do with each
   * other: the same node has a place of its own in each.
   */
  async arrange(key: string, all: Graph, shown: Graph): Promise<Layout> {
    const whole = await this.keep(key, all, this.layouts.get(key));
    if (shown.nodes.length === all.nodes.length) {
      return whole;
    }
    const partKey = `${key} part`;
    const earlier = this.layouts.get(partKey);
    // A part that stays the same stays still; another one follows the order of the whole.
    return this.keep(
      partKey,
      shown,
      earlier !== undefined && fits(shown, earlier) ? earlier : whole,
    );
  }

  /** Lays out without regard to what was. */
  forget(key: string): void {
    this.layouts.delete(key);
    this.layouts.delete(`${key} part`);
  }

  private async keep(key: string, graph: Graph, earlier: Layout | undefined): Promise<Layout> {
    const layout =
      earlier !== undefined && fits(graph, earlier) ? earlier : await this.layOut(graph, earlier);
    this.layouts.delete(key);
    this.layouts.set(key, layout);
    for (const oldest of [...this.layouts.keys()].slice(0, -MAPS_MAX)) {
      this.layouts.delete(oldest);
    }
    return layout;
  }
}
