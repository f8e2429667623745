/** Which text explains what was not kept. */

/** By endpoint: a key under `datadog.reason.` in `system.json`. Any other has the server's words. */
const REASONS: readonly (readonly [endpoint: RegExp, key: string])[] = [
  [/^\/telemetry\/|apmtelemetry$/, "telemetry"],
  [/^\/tracer_flare\//, "flare"],
  [/\/pipeline_stats$/, "data_streams"],
  [/^\/symdb\//, "symbols"],
  [/^\/openlineage\//, "lineage"],
  [/^\/dogstatsd\//, "dogstatsd"],
  [/^\/appsec\//, "attacks"],
  [/^\/evp_proxy\//, "events"],
  [/^\/services$/, "services"],
  [/\/stats$/, "counted"],
  [/^\/debugger\//, "other_probe_events"],
  [/\/(dbm\w+|databasequery)$/, "databases"],
  [/\/(ndm\w*|netpath)$/, "devices"],
  [/\/(orchestrator|orch\w*)$/, "kubernetes"],
  [/\/(collector|discovery|proclcycle)$/, "processes"],
  [/\/(container|contlcycle)$/, "containers"],
  [/\/(contimage|sbom)$/, "images"],
  [/\/connections$/, "connections"],
  [/^\/intake\/|metadata$|\/tags\/hosts|agenthealth$/, "hosts"],
];

export function reasonKey(endpoint: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(endpoint))?.[1];
}

interface Count {
  count: number;
}

export function sumCounts(counts: readonly Count[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
