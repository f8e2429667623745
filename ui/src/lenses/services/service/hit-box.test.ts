import { describe, expect, it } from "vitest";
import { boxBetween, boxRange, boxText, isInBox, readBox } from "./hit-box";

const range = { fromMs: 1000, toMs: 2000 };

describe("a box in the URL", () => {
  it("is read as it was written", () => {
    const box = { fromMs: 1100, toMs: 1900, minMs: 0.5, maxMs: 250 };
    expect(boxText(box)).toBe("1100,1900,0.5,250");
    expect(readBox(boxText(box))).toEqual(box);
  });

  it("may leave bounds open", () => {
    expect(boxText({ minMs: 500 })).toBe(",,500,");
    expect(readBox(",,500,")).toEqual({ minMs: 500 });
    expect(boxText({})).toBeUndefined();
  });

  it.each([
    undefined,
    "",
    ",,,",
    "1,2,3",
    "1,2,3,4,5",
    "a,2,3,4",
    "-1,2,3,4",
    "2,1,3,4",
    "1,2,4,3",
    "1,2,3,3",
  ])("is none when it says %j", (text) => expect(readBox(text)).toBeUndefined());
});

describe("a box that was dragged", () => {
  it("is the same from each of its corners", () => {
    const [one, other] = [
      { timeMs: 1200.4, durationMs: 12.34567 },
      { timeMs: 1700.2, durationMs: 987.654 },
    ];
    const box = { fromMs: 1200, toMs: 1701, minMs: 12.35, maxMs: 987.7 };
    expect(boxBetween(one, other, range)).toEqual(box);
    expect(boxBetween(other, one, range)).toEqual(box);
    const [low, high] = [
      { ...one, durationMs: other.durationMs },
      { ...other, durationMs: one.durationMs },
    ];
    expect(boxBetween(low, high, range)).toEqual(box);
  });

  it("stays inside the time of the page and above zero", () => {
    const [one, other] = [
      { timeMs: 0, durationMs: -5 },
      { timeMs: 9999, durationMs: 10 },
    ];
    expect(boxBetween(one, other, range)).toEqual({
      fromMs: 1000,
      toMs: 2000,
      minMs: 0,
      maxMs: 10,
    });
  });

  it("has a height even when the pointer moved only sideways", () => {
    const [one, other] = [
      { timeMs: 1500, durationMs: 4 },
      { timeMs: 1600, durationMs: 4 },
    ];
    expect(boxBetween(one, other, range)).toMatchObject({ minMs: 4, maxMs: 4.001 });
  });

  it("has a length even when the pointer moved only up", () => {
    const [one, other] = [
      { timeMs: 1500, durationMs: 1 },
      { timeMs: 1500, durationMs: 9 },
    ];
    expect(boxBetween(one, other, range)).toMatchObject({ fromMs: 1500, toMs: 1501 });
  });
});

it("the server is asked for the box within the time of the page", () => {
  expect(boxRange({ fromMs: 500, toMs: 1500 }, range)).toEqual({ fromMs: 1000, toMs: 1500 });
  expect(boxRange({ minMs: 3 }, range)).toEqual(range);
  expect(boxRange({ fromMs: 5000, toMs: 6000 }, range)).toEqual({ fromMs: 1999, toMs: 2000 });
});

it("a point at the start of the box is inside, one at its end is not", () => {
  const box = { fromMs: 10, toMs: 20, minMs: 1, maxMs: 2 };
  expect(isInBox(box, 10, 1)).toBe(true);
  expect(isInBox(box, 19, 1.9)).toBe(true);
  expect(isInBox(box, 19, 2)).toBe(false);
  expect(isInBox(box, 20, 1)).toBe(false);
  expect(isInBox(box, 15, 2.1)).toBe(false);
  expect(isInBox({}, 15, 2.1)).toBe(true);
});
