/** What the clients of a probe say became of it, in few words. */
import type { ProbeRow } from "./probes-api";

/** From the one that has to be looked at first. */
export const CLIENT_STATUSES = [
  "error",
  "blocked",
  "emitting",
  "installed",
  "received",
  "sent",
] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

export function knownStatus(status: string): ClientStatus | undefined {
  const lower = status.toLowerCase();
  return CLIENT_STATUSES.find((it) => it === lower);
}

export interface StatusCount {
  status: ClientStatus;
  count: number;
  /** What clients said with it, each once. */
  messages: string[];
}

export function countStatuses(clients: ProbeRow["clients"]): StatusCount[] {
  return CLIENT_STATUSES.map((status) => {
    const those = clients.filter((it) => knownStatus(it.status) === status);
    const messages = those.flatMap(({ message }) => (message ? [message] : []));
    return { status, count: those.length, messages: [...new Set(messages)] };
  }).filter(({ count }) => count > 0);
}
