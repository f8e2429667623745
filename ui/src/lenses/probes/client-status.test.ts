import { expect, test } from "vitest";
import { countStatuses, knownStatus } from "./client-status";

const client = (status: string, message: string | null = null) => ({
  runtime_id: `${status} ${message}`,
  status,
  message,
  at_ms: 1,
});

test("clients are counted by status, errors first, and what they said is told once", () => {
  const clients = [
    client("installed"),
    client("error", "no such file"),
    client("emitting"),
    client("error", "no such file"),
    client("INSTALLED"),
    client("error", "no such line"),
  ];
  expect(countStatuses(clients)).toEqual([
    { status: "error", count: 3, messages: ["no such file", "no such line"] },
    { status: "emitting", count: 1, messages: [] },
    { status: "installed", count: 2, messages: [] },
  ]);
});

test("a status that nobody knows is not counted as another one", () => {
  expect(knownStatus("confused")).toBeUndefined();
  expect(countStatuses([client("confused")])).toEqual([]);
});
