import { expect, test } from "vitest";
import { elementHeight, elementTopOf, scrolled } from "./tall-scroll";

const LIST = 240_000_000;
const VIEW = 600;
const MOST = elementHeight(LIST) - VIEW;

test("a short list scrolls as its element does", () => {
  expect(scrolled({ top: 0, elementTop: 0 }, 321, 10_000, VIEW).top).toBe(321);
  expect(elementTopOf(321, 10_000, VIEW)).toBe(321);
});

test("one turn of the wheel moves a tall list by as many pixels", () => {
  for (const top of [200, 1_500_000, 120_000_000, LIST - VIEW - 200]) {
    const before = { top, elementTop: elementTopOf(top, LIST, VIEW) };
    expect(scrolled(before, before.elementTop + 100, LIST, VIEW).top).toBe(top + 100);
    expect(scrolled(before, before.elementTop - 100, LIST, VIEW).top).toBe(top - 100);
  }
});

test("the scroll bar moves to its share of a tall list, and its ends are the ends", () => {
  const start = { top: 0, elementTop: 0 };
  expect(scrolled(start, MOST / 2, LIST, VIEW).top).toBe((LIST - VIEW) / 2);
  expect(scrolled(start, MOST, LIST, VIEW).top).toBe(LIST - VIEW);
  expect(scrolled({ top: LIST / 2, elementTop: MOST / 2 }, 0, LIST, VIEW).top).toBe(0);
});

test("where the element is put is where the list is", () => {
  for (const top of [0, 999, 3_000_000, 150_000_000, LIST - VIEW]) {
    const elementTop = elementTopOf(top, LIST, VIEW);
    const far = { top: 0, elementTop: elementTop + 10 * VIEW };
    expect(scrolled(far, elementTop, LIST, VIEW).top).toBeCloseTo(top, 3);
  }
});

test("no move leaves the list", () => {
  expect(scrolled({ top: 50, elementTop: 300 }, 200, LIST, VIEW).top).toBe(0);
});
