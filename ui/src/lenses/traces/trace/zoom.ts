/** The part of the time of a trace that is shown, as one search parameter: `1500-2500`, in ns. */
import type { TimeWindow } from "./time-axis";

export function readZoom(text: string | undefined, all: TimeWindow): TimeWindow {
  const [, from, to] = /^(\d{1,18})-(\d{1,18})$/.exec(text ?? "") ?? [];
  const window = {
    fromNs: Math.max(all.fromNs, Number(from)),
    toNs: Math.min(all.toNs, Number(to)),
  };
  return window.toNs > window.fromNs ? window : all;
}

export function zoomText({ fromNs, toNs }: TimeWindow, all: TimeWindow): string | undefined {
  const isAll = fromNs <= all.fromNs && toNs >= all.toNs;
  return isAll ? undefined : `${Math.floor(Math.max(0, fromNs))}-${Math.ceil(toNs)}`;
}
