/** Names, values and messages come from running programs; all of them must stay text. */
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { loadTexts, startI18n } from "@/i18n";
import { expectShown, expectText, giveRoom, HOSTILE, show } from "@/test-support/hostile-text";
import { NEW_PROBE } from "./editor/probe-form";
import { ClientsPanel } from "./list/ClientsPanel";
import type { ProbeRow, ProbeService, ProbeSnapshot } from "./probes-api";
import { ClientTable, ProbeHead } from "./snapshots/ProbeHead";
import { SnapshotView } from "./snapshots/SnapshotView";

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("probes");
});
beforeEach(giveRoom);
afterEach(cleanup);

function hostileSnapshot(text: string): ProbeSnapshot {
  const value = { type: text, value: text };
  const captured = {
    arguments: { [text]: value },
    locals: { map: { type: text, entries: [[value, value]] } },
  };
  return {
    snapshot_id: text,
    time_ms: 0,
    service: text,
    environment: text,
    version: text,
    host: text,
    thread: text,
    trace_id: text,
    span_id: text,
    message: text,
    duration_ns: 1,
    stack: [{ function: text, file: text, line: 1 }],
    captures: { return: { ...captured, throwable: { type: text, message: text } } },
    evaluation_errors: [{ expression: text, message: text }],
    truncated: true,
  };
}

function hostileRow(text: string): ProbeRow {
  return {
    document_id: text,
    document_revision: 1,
    probe: {
      service: text,
      type: "log",
      language: text,
      where: { class: text, method: text },
      template: text,
      condition: text,
      expires_at: text,
    },
    created_by: text,
    updated_by: text,
    updated_ms: 0,
    state: text,
    clients: [{ runtime_id: text, status: text, message: text, at_ms: 0 }],
    snapshots: 1,
    last_snapshot_ms: 0,
  };
}

function hostileService(text: string): ProbeService {
  const client = {
    runtime_id: text,
    service: text,
    environment: text,
    version: text,
    language: text,
    tracer_version: text,
    host: text,
    last_seen_ms: 0,
    accepts: false,
    why_not: text,
  };
  return {
    service: text,
    enabled: false,
    document_id: null,
    document_revision: null,
    clients: [client],
  };
}

it.each(HOSTILE)("a snapshot shows %j as text, every value of it open", async (text) => {
  show(<SnapshotView snapshot={hostileSnapshot(text)} probe={undefined} />);
  await userEvent.click(await screen.findByRole("button", { name: "Open all" }));
  await expectShown(text);
});

it.each(HOSTILE)("a probe shows %j as text", async (text) => {
  const row = hostileRow(text);
  await expectText(
    <>
      <ProbeHead row={row} canEdit />
      <ClientTable row={row} clients={hostileService(text).clients} />
    </>,
    text,
  );
});

it.each(HOSTILE)("the clients of a service show %j as text", async (text) => {
  await expectText(
    <ClientsPanel
      name={text}
      service={hostileService(text)}
      isLoading={false}
      canEdit
      onClose={() => {}}
    />,
    text,
  );
});

it("a stack marks the frame of the probe, and the tree says what was redacted", async () => {
  const snapshot: ProbeSnapshot = {
    ...hostileSnapshot("a"),
    stack: [
      { function: "wrap", file: "lib.py", line: 1 },
      { function: "place", file: "shop/orders.py", line: 17 },
    ],
    captures: {
      lines: { "17": { locals: { token: { type: "str", notCapturedReason: "redactedIdent" } } } },
    },
  };
  const where = { ...NEW_PROBE, file: "orders.py", line: 17 };
  show(<SnapshotView snapshot={snapshot} probe={where} />);
  const tree = await screen.findByRole("tree", { name: "At line 17" });
  expect(tree.textContent).toContain("tokenstrredacted");
  const [probed, ...others] = document.querySelectorAll("[data-probed=true]");
  expect(probed?.textContent).toBe("place shop/orders.py:17probe");
  expect(others).toEqual([]);
});
