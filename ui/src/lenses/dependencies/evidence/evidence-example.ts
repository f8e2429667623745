/** Evidence for tests: a registry that answered thirty calls late, seven of them rightly. */
import type { AffectedRequest, Evidence } from "../dependencies-api";

const START_MS = Date.UTC(2026, 5, 1, 0, 30);
const SUCCESSES_MS = [12_004, 13_850, 15_300, 18_500, 21_700, 26_100, 30_592];
const ORDERS = 22;

function call(at: number, outcome: AffectedRequest["outcome"], durationMs: number) {
  const id = String(at).padStart(4, "0");
  return {
    time_ms: START_MS + at * 60_000,
    trace_id: `4bf92f3577b34da6a3ce929d0e0e${id}`,
    span_id: `00f067aa0ba9${id}`,
    caller: "dispatch",
    operation: "GET /v1/licences/{licence}",
    duration_ms: durationMs,
    outcome,
    status_message: outcome === "succeeded" ? null : "no answer within 10 s",
    error_type: outcome === "succeeded" ? null : "timeout",
    http_status: outcome === "succeeded" ? 200 : null,
    values: { "shop.order.number": String(5032 + (at % ORDERS)) },
  };
}

/** 15 first calls cut off at 10 s, 7 answers, 8 second calls cut off at 30 s. */
const AFFECTED: AffectedRequest[] = [
  ...Array.from({ length: 15 }, (_, at) => call(at, "timeout", 10_001)),
  ...SUCCESSES_MS.map((duration, at) => call(15 + at, "succeeded", duration)),
  ...Array.from({ length: 8 }, (_, at) => call(22 + at, "timeout", 30_650)),
];

const FIGURES = {
  requests: 412,
  errors: 23,
  error_percent: 5.58,
  rate_per_second: 0.11,
  p50_ms: 141,
  p95_ms: 10_001,
  p99_ms: 30_650,
  max_ms: 30_650,
  total_ms: 700_000,
};

export function exampleEvidence(change: Partial<Evidence> = {}): Evidence {
  return {
    name: "registry.gov.example",
    kind: "external",
    system: null,
    operation: null,
    caller: null,
    from_ms: START_MS - 1_800_000,
    to_ms: START_MS + 3_600_000,
    threshold_ms: 10_000,
    figures: FIGURES,
    calls: 412,
    succeeded: 389,
    failed: 0,
    timeouts: 23,
    over: {
      calls: 30,
      succeeded: 7,
      failed: 0,
      timeouts: 23,
      fastest_success_ms: 12_004,
      slowest_success_ms: 30_592,
      slowest_ms: 30_650,
      first_ms: START_MS,
      last_ms: START_MS + 29 * 60_000,
    },
    operations: [
      {
        operation: "GET /v1/licences/{licence}",
        figures: FIGURES,
        timeouts: 23,
        over: 30,
        over_succeeded: 7,
        slowest_success_ms: 30_592,
      },
    ],
    callers: [{ service: "dispatch", calls: 412 }],
    truncated: false,
    attribute_keys: [
      { key: "server.port", share_percent: 100, example: "80", distinct: 1 },
      { key: "shop.order.number", share_percent: 100, example: "5032", distinct: 22 },
    ],
    attributes: ["shop.order.number"],
    affected: AFFECTED,
    affected_total: AFFECTED.length,
    ids: [
      {
        key: "shop.order.number",
        distinct: 22,
        smallest: "5032",
        largest: "5053",
        values: Array.from({ length: ORDERS }, (_, at) => String(5032 + at)),
      },
    ],
    ids_complete: true,
    what_if: {
      observed_timeouts_ms: [10_000, 30_600],
      points: [],
      asked: null,
      unknown: 23,
      retry_note: true,
      durations: {
        from_ms: 5_000,
        calls: 412,
        answered_below: 382,
        answered_ms: SUCCESSES_MS,
        cut_off_below: 0,
        cut_off_ms: [...Array<number>(15).fill(10_001), ...Array<number>(8).fill(30_650)],
        complete: true,
      },
    },
    series: {
      from_ms: START_MS - 1_800_000,
      bucket_ms: 900_000,
      calls: [100, 104, 110, 98],
      over: [0, 15, 15, 0],
      failed: [0, 12, 11, 0],
    },
    ...change,
  };
}
