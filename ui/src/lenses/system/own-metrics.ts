/** Hannun's own numbers over time, from the metric points of the service `hannun`. */

export const OWN_METRICS = {
  acceptedRows: "hannun_intake_accepted_rows_total",
  memoryResident: "hannun_memory_resident_bytes",
  memoryLimit: "hannun_memory_limit_bytes",
  diskUsed: "hannun_disk_used_bytes",
} as const;

type OwnMetric = (typeof OWN_METRICS)[keyof typeof OWN_METRICS];

const POINTS_MAX = 240;
const STEPS_SECONDS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
/** A rate needs the point before; one is kept every minute unless the server is told otherwise. */
const BEFORE_SECONDS_MIN = 120;
/** So many steps without a point are a gap. */
const GAP_STEPS = 3;

export function stepSeconds(fromMs: number, toMs: number): number {
  const least = (toMs - fromMs) / 1000 / POINTS_MAX;
  return STEPS_SECONDS.find((step) => step >= least) ?? Math.ceil(least / 86_400) * 86_400;
}

/** In each step the last value of a counter, and the highest of anything else. */
export function ownMetricsSql(fromMs: number, toMs: number): string {
  const step = stepSeconds(fromMs, toMs);
  const beforeMs = fromMs - Math.max(BEFORE_SECONDS_MIN, 2 * step) * 1000;
  const time = (timeMs: number) => `timestamp '${new Date(timeMs).toISOString()}'`;
  const names = Object.values(OWN_METRICS).map((name) => `'${name}'`);
  return `select metric_name, attr(attributes, 'table') as of_table,
       time_bucket(interval '${step} seconds', time) as step, start_time,
       max(time) as at, max(value) as value
from metric_points
where service_name = 'hannun'
  and metric_name in (${names.join(", ")})
  and time >= ${time(beforeMs)} and time < ${time(toMs)}
group by metric_name, of_table, step, start_time
order by at`;
}

export interface Sample {
  metric: string;
  table: string;
  /** Samples of one step are drawn at the same place. */
  stepMs: number;
  /** When the counter began; null for what is not counted. */
  startMs: number | null;
  atMs: number;
  value: number;
}

function milliseconds(time: unknown): number | null {
  return typeof time === "string" ? Date.parse(time) : null;
}

export function readSamples(rows: readonly (readonly unknown[])[]): Sample[] {
  return rows.flatMap(([metric, table, step, start, at, value]) => {
    const [stepMs, atMs] = [milliseconds(step), milliseconds(at)];
    return stepMs === null || atMs === null || typeof value !== "number"
      ? []
      : [
          {
            metric: String(metric),
            table: typeof table === "string" ? table : "",
            stepMs,
            startMs: milliseconds(start),
            atMs,
            value,
          },
        ];
  });
}

/** How fast a counter grew since the sample before; null when that cannot be known. */
export function ratePerSecond(before: Sample | undefined, now: Sample): number | null {
  if (before === undefined) {
    return null;
  }
  const sameRun = before.startMs === now.startMs && now.value >= before.value;
  if (sameRun && now.atMs > before.atMs) {
    return (1000 * (now.value - before.value)) / (now.atMs - before.atMs);
  }
  // After a restart the counter began at zero.
  const isNewRun = now.startMs !== null && now.startMs >= before.atMs && now.startMs < now.atMs;
  return isNewRun && now.startMs !== null ? (1000 * now.value) / (now.atMs - now.startMs) : null;
}

export interface OwnChart {
  timesMs: number[];
  series: { name: string; values: (number | null)[] }[];
}

/** Steps that have a sample, and an empty one where samples are missing. */
function stepsOf(samples: readonly Sample[], fromMs: number): number[] {
  const steps = [...new Set(samples.map((it) => it.stepMs))].sort((a, b) => a - b);
  const lengths = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
  const usual = [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;
  return steps
    .flatMap((step, index) => {
      const isGap = index > 0 && (lengths[index - 1] ?? 0) > GAP_STEPS * usual;
      return isGap ? [(steps[index - 1] ?? 0) + usual, step] : [step];
    })
    .filter((step) => step >= fromMs);
}

type Named = readonly [name: string, samples: readonly Sample[]];

function chartOf(named: readonly Named[], fromMs: number, isCounter: boolean): OwnChart {
  const timesMs = stepsOf(
    named.flatMap(([, samples]) => samples),
    fromMs,
  );
  const series = named.map(([name, samples]) => {
    const values = new Map(
      samples.map((it, index) => [
        it.stepMs,
        isCounter ? ratePerSecond(samples[index - 1], it) : it.value,
      ]),
    );
    return { name, values: timesMs.map((stepMs) => values.get(stepMs) ?? null) };
  });
  return { timesMs, series };
}

function only(samples: readonly Sample[], metric: OwnMetric): Sample[] {
  return samples.filter((it) => it.metric === metric);
}

export interface ChartNames {
  resident: string;
  limit: string;
  used: string;
}

/** `samples` in the order of their time; those before `fromMs` are for rates only. */
export function ownCharts(samples: readonly Sample[], fromMs: number, names: ChartNames) {
  const accepted = only(samples, OWN_METRICS.acceptedRows);
  const tables = [...new Set(accepted.map((it) => it.table))].sort();
  const byTable = tables.map(
    (table): Named => [table, accepted.filter((it) => it.table === table)],
  );
  const memory: Named[] = [
    [names.resident, only(samples, OWN_METRICS.memoryResident)],
    [names.limit, only(samples, OWN_METRICS.memoryLimit)],
  ];
  const disk: Named[] = [[names.used, only(samples, OWN_METRICS.diskUsed)]];
  return {
    accepted: chartOf(byTable, fromMs, true),
    memory: chartOf(memory, fromMs, false),
    disk: chartOf(disk, fromMs, false),
  };
}
