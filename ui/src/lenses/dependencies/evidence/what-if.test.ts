import { expect, test } from "vitest";
import { exampleEvidence } from "./evidence-example";
import {
  answeredWithError,
  clampTimeout,
  cutOffAfterMs,
  firstTimeout,
  floorMs,
  sliderRange,
  whatIf,
} from "./what-if";

const evidence = exampleEvidence();

test("a longer timeout keeps answers, and makes no promise about calls that were cut off", () => {
  expect(whatIf(evidence, 30_000)).toEqual({
    answered: 6,
    lost: 1,
    cut: 8,
    unknown: 15,
    completed: 388,
    calls: 412,
  });
  expect(cutOffAfterMs(evidence, 30_000)).toEqual({ from: 10_001, to: 10_001 });
});

test("the timeout that some calls had cuts the same calls off again", () => {
  expect(whatIf(evidence, 10_001)).toMatchObject({ answered: 0, lost: 7, cut: 23, unknown: 0 });
  expect(cutOffAfterMs(evidence, 10_001)).toBeUndefined();
});

test("beyond everything that was seen all answers are kept, and all cut-offs are unknown", () => {
  expect(whatIf(evidence, 60_000)).toMatchObject({ answered: 7, lost: 0, cut: 0, unknown: 23 });
  expect(cutOffAfterMs(evidence, 60_000)).toEqual({ from: 10_001, to: 30_650 });
});

test("each slow call is counted once, whatever the timeout", () => {
  for (const timeout of [10_000, 12_004, 20_000, 30_592, 30_650, 45_000]) {
    const { answered, lost, cut, unknown } = whatIf(evidence, timeout);
    expect(answered + lost + cut + unknown).toBe(30);
  }
});

test("answers that took less than the threshold are only part of the total", () => {
  const { durations } = evidence.what_if;
  const answered_ms = [6_000, 9_999, ...durations.answered_ms];
  const more = exampleEvidence({
    what_if: { ...evidence.what_if, durations: { ...durations, answered_ms, answered_below: 380 } },
  });
  expect(whatIf(more, 30_000)).toMatchObject({ answered: 6, lost: 1, completed: 388 });
});

test("when there were too many durations to send, the count begins where they do", () => {
  const durations = { ...evidence.what_if.durations, from_ms: 15_000, complete: false };
  const cutShort = exampleEvidence({ what_if: { ...evidence.what_if, durations } });
  expect(floorMs(evidence)).toBe(10_000);
  expect(floorMs(cutShort)).toBe(15_000);
  expect(whatIf(cutShort, 30_000)).toMatchObject({ answered: 4, lost: 1, cut: 8, unknown: 0 });
  expect(sliderRange(cutShort).minMs).toBe(15_000);
});

test("answers that were errors are told", () => {
  expect(answeredWithError(evidence)).toBe(0);
  const over = { ...evidence.over, succeeded: 5 };
  expect(answeredWithError(exampleEvidence({ over }))).toBe(2);
});

test("the slider goes from the threshold past everything seen, in round steps", () => {
  expect(sliderRange(evidence)).toEqual({ minMs: 10_000, maxMs: 46_000, stepMs: 500 });
  expect(firstTimeout(evidence, sliderRange(evidence))).toBe(30_000);
  expect(clampTimeout(1_000, sliderRange(evidence))).toBe(10_000);
  expect(clampTimeout(900_000, sliderRange(evidence))).toBe(46_000);
});
