import { MantineProvider } from "@mantine/core";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { loadTexts, startI18n } from "@/i18n";
import type { ErrorReport } from "../errors-api";
import { Incomplete } from "./Incomplete";

// The language of the browser is asked for when the settings are imported.
vi.hoisted(() => Object.defineProperty(navigator, "language", { value: "en-US" }));

const MONDAY = Date.UTC(2026, 10, 8, 15);
const WEEK = 7 * 86_400_000;

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("errors");
});
afterEach(cleanup);

function shown(incomplete_before_ms: number | null): string {
  const report: ErrorReport = {
    incomplete_before_ms,
    weeks: {
      before_last: { from_ms: MONDAY, to_ms: MONDAY + WEEK },
      last: { from_ms: MONDAY + WEEK, to_ms: MONDAY + 2 * WEEK },
    },
    rows: [],
    totals: [],
    truncated: false,
    time_zone: "Asia/Seoul",
  };
  const { container } = render(
    <MantineProvider>
      <div id="note">
        <Incomplete report={report} timeZone="Asia/Seoul" />
      </div>
    </MantineProvider>,
  );
  return container.querySelector("#note")?.textContent ?? "";
}

it("whole weeks need no note", () => {
  expect(shown(null)).toBe("");
});

it("a week that was not stored from its beginning is said to be partial, in the time of the report", () => {
  expect(shown(MONDAY + 3_600_000)).toContain("2026-11-09 01:00");
  expect(shown(MONDAY + 3_600_000)).toContain("Two weeks ago was counted only in part");
});

it("weeks that cannot be compared are said to be so", () => {
  expect(shown(MONDAY + WEEK)).toContain("last week only in part");
  expect(shown(MONDAY + 2 * WEEK)).toContain("does not mean that there were no errors");
});
