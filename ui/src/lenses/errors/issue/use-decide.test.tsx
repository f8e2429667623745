/** Two people decide about the same issue at once. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import type { ErrorIssue } from "../errors-api";
import { decisionQuery } from "../errors-api";
import { useDecide } from "./use-decide";

const ISSUE = {
  service: "order",
  fingerprint: "ab12",
  document_id: "0123",
  document_revision: 1,
  last_seen_ms: 1,
} as ErrorIssue;
const MINE = { service: "order", fingerprint: "ab12", state: "open", note: "first" };
const RESOLVED = { state: "resolved", decided_ms: expect.any(Number) as number };

// The client of the API takes hold of `fetch` when it is imported.
const server = vi.hoisted(() => {
  const it = { answer: async (_request: Request): Promise<Response> => Response.error() };
  globalThis.fetch = (request) => it.answer(request as Request);
  return it;
});

interface Put {
  body: Record<string, unknown>;
  expected_revision: number;
}

const puts: Put[] = [];
let current = documentOf(1, MINE);

function documentOf(revision: number, body: object, deleted = false) {
  return {
    kind: "error-issue-state",
    id: "0123",
    revision,
    body,
    deleted,
    author: "Lee",
    time_ms: 1,
    message: null,
    source: null,
  };
}

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("errors");
  server.answer = async (request) => {
    if (request.method !== "PUT") {
      return Response.json(current);
    }
    const put = (await request.json()) as Put;
    puts.push(put);
    if (put.expected_revision !== current.revision) {
      const error = { code: "conflict", message: "changed meanwhile" };
      return Response.json({ error, current }, { status: 409 });
    }
    current = documentOf(current.revision + 1, put.body);
    return Response.json(current);
  };
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  puts.length = 0;
});

async function decider(document = documentOf(1, MINE)) {
  queryClient.setQueryData(decisionQuery("0123", 1).queryKey, document as never);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <MantineProvider>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </MantineProvider>
  );
  const hook = renderHook(() => useDecide(ISSUE), { wrapper });
  await waitFor(() => expect(hook.result.current.isReady).toBe(true));
  return hook.result;
}

it("a decision names the revision that was seen, and keeps the note", async () => {
  current = documentOf(1, MINE);
  const result = await decider();
  act(() => result.current.decide({ type: "resolve", version: "1.5.0" }));
  await waitFor(() => expect(puts).toHaveLength(1));
  expect(puts[0]).toEqual({
    body: { ...MINE, ...RESOLVED, resolved_in_version: "1.5.0" },
    expected_revision: 1,
  });
  expect(result.current.conflict).toBeNull();
});

it("what somebody else decided meanwhile is shown, and only overwritten on request", async () => {
  const theirs = { ...MINE, state: "ignored", assignee: "lee" };
  current = documentOf(2, theirs);
  const result = await decider();
  act(() => result.current.decide({ type: "resolve", version: "" }));
  await waitFor(() => expect(result.current.conflict?.theirs.body).toEqual(theirs));
  expect(puts).toHaveLength(1);
  act(() => void result.current.decideAnyway());
  await waitFor(() => expect(result.current.conflict).toBeNull());
  expect(puts[1]).toEqual({ body: { ...theirs, ...RESOLVED }, expected_revision: 2 });
});

it("a document that is newer than the issue on the page is not overwritten unseen", async () => {
  current = documentOf(2, { ...MINE, state: "ignored" });
  const result = await decider(current);
  act(() => result.current.decide({ type: "resolve", version: "" }));
  await waitFor(() => expect(result.current.conflict?.theirs.revision).toBe(2));
  expect(puts.map((it) => it.expected_revision)).toEqual([1]);
});

it("giving way leaves their decision alone", async () => {
  current = documentOf(2, { ...MINE, state: "ignored" });
  const result = await decider();
  act(() => result.current.decide({ type: "reopen" }));
  await waitFor(() => expect(result.current.conflict).not.toBeNull());
  act(() => result.current.giveWay());
  await waitFor(() => expect(result.current.conflict).toBeNull());
  expect(puts).toHaveLength(1);
});

it("a document that was deleted is no obstacle", async () => {
  current = documentOf(3, { ...MINE, note: "gone" }, true);
  const result = await decider();
  act(() => result.current.decide({ type: "ignore" }));
  await waitFor(() => expect(puts).toHaveLength(2));
  expect(puts[1]).toEqual({
    body: { service: "order", fingerprint: "ab12", state: "ignored" },
    expected_revision: 3,
  });
});
