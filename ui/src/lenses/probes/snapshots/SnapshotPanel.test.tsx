import { act, cleanup, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeAll, expect, it } from "vitest";
import { loadTexts, startI18n } from "@/i18n";
import { show } from "@/test-support/hostile-text";
import type { ProbeSnapshot } from "../probes-api";
import { SnapshotPanel } from "./SnapshotPanel";

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("probes");
});
afterEach(cleanup);

function snapshot(id: string, message: string): ProbeSnapshot {
  return {
    ...{ snapshot_id: id, time_ms: 0, service: "order", environment: null, version: null },
    ...{ host: null, thread: null, trace_id: null, span_id: null, duration_ns: null, message },
    ...{ stack: [], captures: null, evaluation_errors: [], truncated: false },
  };
}

let follow: (snapshots: ProbeSnapshot[]) => void = () => {};

function Page() {
  const [snapshots, setSnapshots] = useState([snapshot("b", "second"), snapshot("a", "first")]);
  follow = setSnapshots;
  return <SnapshotPanel id="a" snapshots={snapshots} probe={undefined} />;
}

it("a snapshot that is read stays when newer ones push it out of the list", async () => {
  show(<Page />);
  await screen.findByText("first");
  const button = (name: string) => screen.getByRole("button", { name }) as HTMLButtonElement;
  expect(button("Newer snapshot").disabled).toBe(false);
  expect(button("Older snapshot").disabled).toBe(true);
  act(() => follow([snapshot("c", "third"), snapshot("b", "second")]));
  expect(screen.getByText("first")).toBeDefined();
  expect(screen.queryByText(/not among those/)).toBeNull();
});
