import { expect, test } from "vitest";
import { cleanSettings, resolveSettings } from "./display-settings-values";

test("the first layer that says something wins", () => {
  const resolved = resolveSettings([{ theme: "dark" }, { theme: "light", currency: "USD" }]);
  expect(resolved).toMatchObject({ theme: "dark", currency: "USD" });
});

test("what is no setting is as if it were absent", () => {
  expect(
    cleanSettings({ language: "xx", theme: "dark", time_zone: "Mars/Olympus", extra: 1 }),
  ).toEqual({ theme: "dark" });
  expect(cleanSettings(null)).toEqual({});
});
