/**
 * What another timeout would have changed, computed from the durations of stored calls. A call that
 * was cut off has no true duration, so under a longer timeout nobody knows how it would have ended.
 */
import type { Evidence } from "../dependencies-api";

const STEPS = 120;
const NICE = [1, 2, 5, 10];

/** Counts over the calls that took longer than `floorMs`; together they are all of these. */
export interface WhatIf {
  /** Were answered, and would have been again. */
  answered: number;
  /** Were answered, but after the timeout: these answers would have been lost. */
  lost: number;
  /** Waited at least that long without an answer. */
  cut: number;
  /** Were cut off earlier than that. */
  unknown: number;
  /** Of all calls, also the quick ones: how many would have been answered in time. */
  completed: number;
  calls: number;
}

/** Calls up to this long are only known by their number: the threshold, or more if they are many. */
export function floorMs({ threshold_ms, what_if }: Evidence): number {
  return Math.max(threshold_ms, what_if.durations.from_ms);
}

/** `timeoutMs` is at least `floorMs(evidence)`. */
export function whatIf(evidence: Evidence, timeoutMs: number): WhatIf {
  const { calls, answered_below, answered_ms, cut_off_ms } = evidence.what_if.durations;
  const floor = floorMs(evidence);
  const count = (durations: readonly number[], isCounted: (ms: number) => boolean) =>
    durations.reduce((sum, ms) => (isCounted(ms) ? sum + 1 : sum), 0);
  return {
    answered: count(answered_ms, (ms) => ms > floor && ms <= timeoutMs),
    lost: count(answered_ms, (ms) => ms > floor && ms > timeoutMs),
    cut: count(cut_off_ms, (ms) => ms > floor && ms >= timeoutMs),
    unknown: count(cut_off_ms, (ms) => ms > floor && ms < timeoutMs),
    completed: answered_below + count(answered_ms, (ms) => ms <= timeoutMs),
    calls,
  };
}

/** After how long the calls were cut off of which nobody knows how they would have ended. */
export function cutOffAfterMs(evidence: Evidence, timeoutMs: number) {
  const floor = floorMs(evidence);
  const before = evidence.what_if.durations.cut_off_ms.filter((ms) => ms > floor && ms < timeoutMs);
  const [first, last] = [before[0], before.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

/** Calls over the threshold that were answered with an error. */
export function answeredWithError(evidence: Evidence): number {
  const floor = floorMs(evidence);
  const { answered_ms } = evidence.what_if.durations;
  return floor > evidence.threshold_ms
    ? 0
    : Math.max(0, answered_ms.filter((ms) => ms > floor).length - evidence.over.succeeded);
}

export interface SliderRange {
  minMs: number;
  maxMs: number;
  stepMs: number;
}

/** From the floor to well beyond everything that was seen, in round steps. */
export function sliderRange(evidence: Evidence): SliderRange {
  const minMs = floorMs(evidence);
  const seen = Math.max(minMs, evidence.over.slowest_ms ?? 0);
  const stepMs = roundUp((1.5 * seen - minMs) / STEPS);
  const maxMs = minMs + Math.ceil((1.5 * seen - minMs) / stepMs) * stepMs;
  return { minMs, maxMs, stepMs };
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * (NICE.find((it) => it * power >= value) ?? 10);
}

/** What is tried first: three times as patient. */
export function firstTimeout(evidence: Evidence, range: SliderRange): number {
  return clampTimeout(3 * evidence.threshold_ms, range);
}

export function clampTimeout(timeoutMs: number, { minMs, maxMs }: SliderRange): number {
  return Math.min(maxMs, Math.max(minMs, timeoutMs));
}
