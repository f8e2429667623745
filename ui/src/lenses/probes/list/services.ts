/** What the clients of a service have in common, for a line of the list. */
import { languageName } from "../languages";
import type { ProbeRow, ProbeService } from "../probes-api";

export interface ServiceRow {
  service: ProbeService;
  accepting: number;
  clients: number;
  /** `Python 4.16.0`, each once. */
  tracers: string[];
  environments: string[];
  versions: string[];
  lastSeenMs: number | null;
  /** Probes that are neither paused nor over. */
  probes: number;
}

function once(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((it) => it !== null && it !== ""))].sort() as string[];
}

export function serviceRows(
  services: readonly ProbeService[],
  probes: readonly ProbeRow[],
): ServiceRow[] {
  return services.map((service) => {
    const { clients } = service;
    const seen = clients.map((it) => it.last_seen_ms);
    return {
      service,
      accepting: clients.filter((it) => it.accepts).length,
      clients: clients.length,
      tracers: once(clients.map((it) => `${languageName(it.language)} ${it.tracer_version}`)),
      environments: once(clients.map((it) => it.environment)),
      versions: once(clients.map((it) => it.version)),
      lastSeenMs: seen.length === 0 ? null : Math.max(...seen),
      probes: probes.filter(
        (it) =>
          it.probe["service"] === service.service && !["paused", "expired"].includes(it.state),
      ).length,
    };
  });
}
