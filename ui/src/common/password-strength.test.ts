import { expect, test } from "vitest";
import { isLongEnough, passwordStrength } from "./password-strength";

test("ten characters are enough, counted as people count them", () => {
  expect(isLongEnough("123456789")).toBe(false);
  expect(isLongEnough("가나다라마바사아자차")).toBe(true);
});

test("length counts more than odd characters, repetition does not count", () => {
  expect(passwordStrength("Ab3$")).toBe("short");
  expect(passwordStrength("1234567890")).toBe("weak");
  expect(passwordStrength("aaaaaaaaaaaaaaaaaaaa")).toBe("weak");
  expect(passwordStrength("abc123def4")).toBe("fair");
  expect(passwordStrength("correct horse battery")).toBe("strong");
});
