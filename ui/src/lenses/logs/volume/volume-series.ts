/** The largest groups as series over time, and all others as one. */
import type { TimeSeries } from "@/common/TimeChart";
import type { Volume, VolumeGroup } from "../logs-api";

export const SERIES_SHOWN = 7;
const REST_COLOR = "#8a929b";

export function volumeSeries(
  volume: Volume,
  nameOf: (group: VolumeGroup) => string,
  restName: string,
): { timesMs: number[]; series: TimeSeries[] } {
  const length = Math.max(0, ...volume.groups.map((it) => it.over_time.length));
  const timesMs = Array.from({ length }, (_, at) => volume.from_ms + at * volume.bucket_ms);
  const sorted = [...volume.groups].sort((a, b) => b.bytes - a.bytes);
  const series: TimeSeries[] = sorted.slice(0, SERIES_SHOWN).map((group) => ({
    name: nameOf(group),
    values: timesMs.map((_, at) => group.over_time[at] ?? 0),
  }));
  const rest = sorted.slice(SERIES_SHOWN);
  if (rest.length > 0) {
    const values = timesMs.map((_, at) =>
      rest.reduce((sum, group) => sum + (group.over_time[at] ?? 0), 0),
    );
    series.push({ name: restName, values, color: REST_COLOR });
  }
  return { timesMs, series };
}
