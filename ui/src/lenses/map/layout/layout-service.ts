/** Asks the worker for layouts; without workers the page itself lays out. */
import type { Graph, Layout } from "./geometry";
import type { LayoutDone, LayoutTask } from "./layout-worker";

type Settle = { done: (layout: Layout) => void; failed: () => void };

let worker: Worker | undefined;
let isBroken = typeof Worker === "undefined";
let lastTicket = 0;
const waiting = new Map<number, Settle>();

function startedWorker(): Worker {
  if (worker === undefined) {
    worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<LayoutDone>) => {
      waiting.get(data.ticket)?.done(data.layout);
      waiting.delete(data.ticket);
    });
    worker.addEventListener("error", () => {
      isBroken = true;
      for (const { failed } of waiting.values()) {
        failed();
      }
      waiting.clear();
    });
  }
  return worker;
}

async function layoutHere(graph: Graph, earlier: Layout | undefined): Promise<Layout> {
  const { layoutGraph } = await import("./layered");
  return layoutGraph(graph, earlier);
}

export async function askLayout(graph: Graph, earlier: Layout | undefined): Promise<Layout> {
  if (isBroken) {
    return layoutHere(graph, earlier);
  }
  lastTicket += 1;
  const task: LayoutTask = { ticket: lastTicket, graph, earlier };
  const asked = new Promise<Layout>((resolve, reject) => {
    waiting.set(task.ticket, { done: resolve, failed: () => reject(new Error("no worker")) });
  });
  startedWorker().postMessage(task);
  return asked.catch(() => layoutHere(graph, earlier));
}
