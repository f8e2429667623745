/** Whether the server answers. The banner shows it; after a loss the shell asks again by itself. */
import { useSyncExternalStore } from "react";

export type Connection = "answering" | "lost";

let connection: Connection = "answering";
const listeners = new Set<() => void>();

function set(next: Connection): void {
  if (next === connection) {
    return;
  }
  connection = next;
  for (const listener of listeners) {
    listener();
  }
}

export function reportUnreachable(): void {
  set("lost");
}

export function reportAnswered(): void {
  set("answering");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

/** Calls `listener` each time that the server answers again after a loss. */
export function onRecovered(listener: () => void): () => void {
  return subscribe(() => {
    if (connection === "answering") {
      listener();
    }
  });
}
