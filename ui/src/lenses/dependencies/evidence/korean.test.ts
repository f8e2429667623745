import { expect, test } from "vitest";
import { asObject, asSubject, endsWithConsonant } from "./korean";

test.each([
  ["주문 번호", "주문 번호가"],
  ["주문", "주문이"],
  ["5050", "5050이"],
  ["5051", "5051이"],
  ["5052", "5052가"],
  ["5053", "5053이"],
  ["5054", "5054가"],
  ["5055", "5055가"],
  ["5056", "5056이"],
  ["5057", "5057이"],
  ["5058", "5058이"],
  ["5059", "5059가"],
])("%s as a subject is %s", (word, text) => {
  expect(asSubject(word)).toBe(text);
});

test("objects follow the sound of the unit", () => {
  expect(asObject("10초")).toBe("10초를");
  expect(asObject("2분")).toBe("2분을");
});

test("both particles are written where nobody knows the sound", () => {
  expect(asSubject("a1b2-xyz")).toBe("a1b2-xyz이(가)");
  expect(asSubject("")).toBe("이(가)");
  expect(endsWithConsonant("example")).toBeUndefined();
});

test("a single letter is read by its name", () => {
  expect(asSubject("A-7-L")).toBe("A-7-L이");
  expect(asSubject("A-7-K")).toBe("A-7-K가");
});
