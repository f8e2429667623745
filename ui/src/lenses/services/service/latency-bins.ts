/** Latency buckets of the server as bars on a logarithmic axis. */
import type { LatencyBucket } from "../services-api";

export interface LatencyBin {
  fromMs: number;
  toMs: number;
  requests: number;
  errors: number;
}

/** A finer edge could not be drawn, and logarithms need one above zero. */
const LEAST_MS = 0.001;

export interface LatencyBins {
  /** Edges of the axis; equal to each other when there is nothing. */
  fromMs: number;
  toMs: number;
  bins: LatencyBin[];
}

/**
 * The buckets as they are when each has room for a bar of its own. Otherwise even steps of the
 * logarithm, at most `count`, where a bucket counts in the step of its middle.
 */
export function latencyBins(buckets: readonly LatencyBucket[], count: number): LatencyBins {
  const filled = buckets.filter(({ requests }) => requests > 0);
  if (filled.length === 0) {
    return { fromMs: LEAST_MS, toMs: LEAST_MS, bins: [] };
  }
  const lowest = Math.min(...filled.map(({ from_ms }) => Math.max(from_ms, LEAST_MS)));
  const highest = Math.max(...filled.map(({ to_ms }) => to_ms), lowest * 1.1);
  // Of one narrow bucket the surroundings are shown too.
  const [fromMs, toMs] = highest / lowest < 2 ? [lowest / 1.5, highest * 1.5] : [lowest, highest];
  if (filled.length <= count) {
    const bins = filled.map(({ from_ms, to_ms, requests, errors }) => ({
      fromMs: Math.max(from_ms, LEAST_MS),
      toMs: Math.max(to_ms, LEAST_MS),
      requests,
      errors,
    }));
    return { fromMs, toMs, bins };
  }
  const step = Math.log(toMs / fromMs) / count;
  const bins = Array.from({ length: count }, (_, at) => ({
    fromMs: fromMs * Math.exp(step * at),
    toMs: fromMs * Math.exp(step * (at + 1)),
    requests: 0,
    errors: 0,
  }));
  for (const { from_ms, to_ms, requests, errors } of filled) {
    const middle = Math.sqrt(Math.max(from_ms, LEAST_MS) * Math.max(to_ms, LEAST_MS));
    const at = Math.floor(Math.log(middle / fromMs) / step);
    const bin = bins[Math.max(0, Math.min(at, count - 1))];
    if (bin !== undefined) {
      bin.requests += requests;
      bin.errors += errors;
    }
  }
  return { fromMs, toMs, bins };
}

/** Where on the axis a latency is, 0 to 1. */
export function shareOfAxis(ms: number, { fromMs, toMs }: LatencyBins): number {
  return toMs > fromMs ? Math.log(Math.max(ms, LEAST_MS) / fromMs) / Math.log(toMs / fromMs) : 0;
}

/** The bar at a share of the axis; undefined where there is none. */
export function binAt(share: number, { fromMs, toMs, bins }: LatencyBins): number | undefined {
  const ms = fromMs * (toMs / fromMs) ** share;
  const at = bins.findIndex((bin) => bin.fromMs <= ms && ms < bin.toMs);
  return at < 0 ? undefined : at;
}

/** 1, 2 and 5 of each decade on the axis, or only 1 when the axis is long. */
export function axisTicks({ fromMs, toMs }: { fromMs: number; toMs: number }): number[] {
  if (toMs <= fromMs) {
    return [];
  }
  const decades = Math.log10(toMs / fromMs);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(fromMs)); power <= Math.log10(toMs); power += 1) {
    // Whole powers are divided by, so that 0.1 is written as 0.1.
    const of = (step: number) => (power < 0 ? step / 10 ** -power : step * 10 ** power);
    ticks.push(...steps.map(of).filter((tick) => tick >= fromMs && tick <= toMs));
  }
  return ticks;
}
