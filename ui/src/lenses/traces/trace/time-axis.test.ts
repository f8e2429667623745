import { describe, expect, it } from "vitest";
import { barBackground, dragWindow, joinedParts, placePercent, timeTicks } from "./time-axis";

const labels = (fromNs: number, toNs: number, most: number) =>
  timeTicks({ fromNs, toNs }, most).map((tick) => tick.label);

describe("ticks", () => {
  it("are in a unit that fits the length", () => {
    expect(labels(0, 10e9, 6)).toEqual(["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]);
    expect(labels(0, 900e6, 5)).toEqual(["0 ms", "200 ms", "400 ms", "600 ms", "800 ms"]);
    expect(labels(0, 4000, 4)).toEqual(["0 µs", "1 µs", "2 µs", "3 µs", "4 µs"]);
    expect(labels(0, 30, 3)).toEqual(["0 ns", "10 ns", "20 ns", "30 ns"]);
  });

  it("count minutes in sixties", () => {
    expect(labels(0, 240e9, 4)).toEqual(["0:00", "1:00", "2:00", "3:00", "4:00"]);
    expect(labels(0, 2 * 3600e9, 2)).toEqual(["0:00", "1:00:00", "2:00:00"]);
  });

  it("keep enough digits when a small part is shown", () => {
    expect(labels(1.0e9, 1.004e9, 4)).toEqual([
      "1000 ms",
      "1001 ms",
      "1002 ms",
      "1003 ms",
      "1004 ms",
    ]);
  });

  it("are none for an empty window", () => {
    expect(labels(5, 5, 4)).toEqual([]);
    expect(labels(0, Number.NaN, 4)).toEqual([]);
  });

  it.each([1, 3, 7, 12])("are at most one more than %i", (most) => {
    for (let length = 1; length < 1e15; length *= 3.7) {
      expect(timeTicks({ fromNs: 0, toNs: length }, most).length).toBeLessThanOrEqual(most + 1);
    }
  });
});

describe("the window", () => {
  const all = { fromNs: 0, toNs: 1_000_000 };

  it("is what was dragged, in either direction", () => {
    expect(dragWindow(all, all, 0.5, 0.25)).toEqual({ fromNs: 250_000, toNs: 500_000 });
  });

  it("stays when the drag is too short", () => {
    expect(dragWindow(all, all, 0.5, 0.5001)).toBe(all);
  });

  it("places times as percentages", () => {
    expect(placePercent(750, { fromNs: 500, toNs: 1000 })).toBe(50);
  });
});

describe("the background of a bar", () => {
  it("is strong where no child ran", () => {
    expect(barBackground(0, 100, [[20, 60]])).toBe(
      "linear-gradient(90deg, var(--bar) 0% 20%, var(--bar-soft) 20% 60%, var(--bar) 60% 100%)",
    );
    expect(barBackground(0, 100, [])).toBe("var(--bar)");
  });

  it("is cut to the part of the bar that is shown", () => {
    expect(
      barBackground(50, 100, [
        [20, 60],
        [90, 300],
      ]),
    ).toBe(
      "linear-gradient(90deg, var(--bar-soft) 0% 20%, var(--bar) 20% 80%, var(--bar-soft) 80% 100%)",
    );
  });
});

describe("parts of a bar", () => {
  const window = { fromNs: 0, toNs: 10_000 };

  it("are one where no gap is seen, and are cut at the window", () => {
    const parts: [number, number][] = [
      [-50, 100],
      [105, 200],
      [300, 400],
      [9_000, 20_000],
      [30_000, 40_000],
    ];
    expect(joinedParts(parts, window)).toEqual([
      [0, 200],
      [300, 400],
      [9_000, 10_000],
    ]);
  });

  it("stay apart when a smaller part of the time is shown", () => {
    expect(
      joinedParts(
        [
          [95, 100],
          [105, 110],
        ],
        { fromNs: 90, toNs: 115 },
      ),
    ).toHaveLength(2);
  });
});
