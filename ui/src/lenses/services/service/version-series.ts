/** The series of a service as lines of charts: one for each version, in the order of the answer. */
import type { TimeSeries } from "@/common/TimeChart";
import { SERIES_COLORS } from "@/design/theme";
import type { Quantile } from "../service-search";
import type { ServiceSeries, VersionSeries } from "../services-api";

/** More lines than colours could not be told apart. */
export const VERSIONS_DRAWN_MAX = SERIES_COLORS.length - 1;

export interface VersionNames {
  /** For spans that name no version. */
  none: string;
  /** For the versions that have no line of their own. */
  others: string;
}

export interface VersionCharts {
  timesMs: number[];
  requests: TimeSeries[];
  errorPercent: TimeSeries[];
  latency: TimeSeries[];
  /** Versions that are drawn together, or for latency not at all. */
  merged: number;
}

export function timesOf(series: ServiceSeries): number[] {
  return series.all.requests.map((_, at) => series.from_ms + at * series.bucket_ms);
}

export function versionCharts(
  series: ServiceSeries,
  quantile: Quantile,
  names: VersionNames,
): VersionCharts {
  const { drawn, rest } = split(series.versions);
  const lines = drawn.map((version, at) => ({
    version,
    name: version.version ?? names.none,
    color: SERIES_COLORS[at] ?? SERIES_COLORS[0],
  }));
  const others = {
    version: merge(rest, series.all.requests.length),
    name: names.others,
    color: SERIES_COLORS[VERSIONS_DRAWN_MAX] ?? SERIES_COLORS[0],
  };
  const counted = rest.length === 0 ? lines : [...lines, others];
  return {
    timesMs: timesOf(series),
    requests: counted.map(({ version, ...line }) => ({ ...line, values: version.requests })),
    errorPercent: counted.map(({ version, ...line }) => ({
      ...line,
      values: errorPercents(version),
    })),
    latency: lines.map(({ version, ...line }) => ({ ...line, values: version[quantile] })),
    merged: rest.length,
  };
}

/** The versions with most requests have lines of their own. */
function split(versions: readonly VersionSeries[]) {
  if (versions.length <= VERSIONS_DRAWN_MAX) {
    return { drawn: versions, rest: [] };
  }
  const busiest = [...versions]
    .sort((a, b) => sum(b.requests) - sum(a.requests))
    .slice(0, VERSIONS_DRAWN_MAX);
  return {
    drawn: versions.filter((it) => busiest.includes(it)),
    rest: versions.filter((it) => !busiest.includes(it)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Counts add up; percentiles do not, and are left out. */
function merge(versions: readonly VersionSeries[], length: number) {
  const add = (of: (version: VersionSeries) => number[]) =>
    Array.from({ length }, (_, at) => sum(versions.map((version) => of(version)[at] ?? 0)));
  return { requests: add((it) => it.requests), errors: add((it) => it.errors) };
}

/** Without requests there is no share of them that failed. */
export function errorPercents(of: Pick<VersionSeries, "requests" | "errors">): (number | null)[] {
  return of.requests.map((requests, at) =>
    requests > 0 ? (100 * (of.errors[at] ?? 0)) / requests : null,
  );
}
