/** Periods are whole days in UTC, and end with the newest day of the bill. */
import { expect, it } from "vitest";
import { DAY_MS, daysText, dayText, parseDay, readPeriod, shiftedPeriod } from "./period";

const utc = (text: string) => Date.parse(`${text}Z`);
const UNTIL = utc("2026-11-21T15:30:00");
const days = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => daysText(fromMs, toMs);

it("named periods end with the newest day of the bill", () => {
  expect(days(readPeriod(undefined, UNTIL))).toBe("2026-11-01..2026-11-21");
  expect(days(readPeriod("latest_month", utc("2018-12-01T00:00:00")))).toBe(
    "2018-11-01..2018-11-30",
  );
  expect(days(readPeriod("month_before", UNTIL))).toBe("2026-10-01..2026-10-31");
  expect(days(readPeriod("30d", UNTIL))).toBe("2026-10-23..2026-11-21");
  expect(days(readPeriod("12_months", UNTIL))).toBe("2025-12-01..2026-11-21");
});

it("days of one's own include the last one", () => {
  const period = readPeriod("2026-10-01..2026-10-31", UNTIL);
  expect(period.toMs - period.fromMs).toBe(31 * DAY_MS);
  expect(period.name).toBe("days");
});

it.each(["2026-10-31..2026-10-01", "2026-11-31..2026-12-01", "yesterday", "..", "2026-10-01"])(
  "%s is no period, so it is the first one",
  (text) => expect(readPeriod(text, UNTIL).name).toBe("latest_month"),
);

it("a step goes by whole months, or by as many days", () => {
  const step = (text: string | undefined, direction: 1 | -1) =>
    days(shiftedPeriod(readPeriod(text, UNTIL), direction));
  expect(step(undefined, -1)).toBe("2026-10-01..2026-10-31");
  expect(step("2026-03-01..2026-03-31", -1)).toBe("2026-02-01..2026-02-28");
  expect(step("2025-12-01..2026-01-31", 1)).toBe("2026-02-01..2026-03-31");
  expect(step("2026-10-05..2026-10-11", 1)).toBe("2026-10-12..2026-10-18");
});

it("a day that does not exist is none", () => {
  expect(parseDay("2026-02-29")).toBeUndefined();
  expect(dayText(parseDay("2028-02-29") ?? 0)).toBe("2028-02-29");
});
