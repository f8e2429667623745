/** Panning, zooming and finding one's way by keyboard. */
import { expect, test } from "vitest";
import { bindFormats } from "@/design/use-format";
import { arcOf, middleOf, pathOf } from "./layout/edge-path";
import { edgeWidth, healthOf, measureText } from "./measures";
import { centredOn, fitted, nodeTowards, revealing, SCALE_MIN, zoomed } from "./viewport";

const WINDOW = { width: 1000, height: 500 };

test("a small drawing is in the middle at its own size, a large one fits", () => {
  expect(fitted({ width: 400, height: 100 }, WINDOW)).toEqual({ x: 300, y: 200, scale: 1 });
  const large = fitted({ width: 4000, height: 1000 }, WINDOW);
  expect(large.scale).toBeCloseTo(0.238, 3);
  expect(large.x).toBeGreaterThan(0);
  expect(large.x + 4000 * large.scale).toBeLessThan(1000);
});

test("a drawing that would be unreadable begins at its left", () => {
  const { x, scale } = fitted({ width: 4000, height: 100 }, WINDOW, 0.5);
  expect(scale).toBe(0.5);
  expect(x).toBe(24);
});

test("zooming keeps what is under the pointer, and ends at the limits", () => {
  const view = { x: 10, y: 20, scale: 1 };
  const next = zoomed(view, 2, { x: 110, y: 220 });
  expect(next).toEqual({ x: -90, y: -180, scale: 2 });
  expect(zoomed(view, 1e-9, { x: 0, y: 0 }).scale).toBe(SCALE_MIN);
});

test("a node that is found is in the middle, and readable", () => {
  const view = centredOn({ x: 2000, y: 900 }, { x: 0, y: 0, scale: 0.1 }, WINDOW);
  expect(view.scale).toBeGreaterThan(0.55);
  expect(view.x + 2000 * view.scale).toBe(500);
  expect(view.y + 900 * view.scale).toBe(250);
});

test("a focused node is brought into the window, and one inside moves nothing", () => {
  const view = { x: 0, y: 0, scale: 1 };
  expect(revealing({ x: 500, y: 250 }, view, WINDOW)).toEqual(view);
  const shifted = revealing({ x: 1500, y: -300 }, view, WINDOW);
  expect(shifted.x + 1500 + 100).toBeLessThanOrEqual(1000);
  expect(shifted.y - 300 - 30).toBeGreaterThanOrEqual(0);
});

test("arrow keys lead to the next node in their direction", () => {
  const places = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 300, y: 10 }],
    ["c", { x: 300, y: 200 }],
    ["d", { x: 0, y: 100 }],
  ]);
  expect(nodeTowards(places, "a", "right")).toBe("b");
  expect(nodeTowards(places, "a", "down")).toBe("d");
  expect(nodeTowards(places, "c", "left")).toBe("d");
  expect(nodeTowards(places, "c", "up")).toBe("b");
  expect(nodeTowards(places, "a", "left")).toBeUndefined();
});

test("routes become paths", () => {
  const route = [
    { x: 0, y: 0 },
    { x: 10, y: 20 },
    { x: 20, y: 0 },
  ];
  expect(pathOf(route.slice(0, 2))).toBe("M0,0C5,0 5,20 10,20");
  expect(arcOf(route)).toBe("M0,0Q10,40 20,0");
  expect(middleOf(route)).toEqual({ x: 10, y: 20 });
  expect(middleOf(route.slice(0, 2))).toEqual({ x: 5, y: 10 });
  expect(pathOf([])).toBe("");
  const towards = middleOf(route.slice(0, 2), "target");
  expect(towards.y).toBeGreaterThan(12);
  const back = middleOf(route.slice(0, 2), "source");
  expect([back.x + towards.x, back.y + towards.y]).toEqual([
    expect.closeTo(10),
    expect.closeTo(20),
  ]);
  expect(middleOf(route, "target")).toEqual({ x: 10, y: 20 });
});

test("widths grow with traffic, and stay visible for single calls", () => {
  const widths = [0, 1, 10, 1000, 100_000].map((it) => edgeWidth(it, 100_000));
  expect(widths).toEqual([...widths].sort((a, b) => a - b));
  expect([widths[0], widths[1], widths.at(-1)]).toEqual([1.25, 1.25, 5.5]);
  expect(edgeWidth(1, 1)).toBe(1.25);
});

test("health is that of the share of errors", () => {
  expect([0, 0.9, 1, 4.9, 5].map((error_percent) => healthOf({ error_percent }))).toEqual([
    "good",
    "good",
    "warning",
    "warning",
    "bad",
  ]);
  expect(healthOf(null)).toBe("good");
});

test("a node without figures has a dash", () => {
  const format = bindFormats({ language: "en", timeZone: "UTC", currency: "USD" });
  expect(measureText(null, "rate", format)).toBe("–");
  expect(measureText(null, "p95", format)).toBe("–");
});
