/** What is written is kept: mistakes are told before it is saved, and nobody is overwritten unasked. */
import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import { giveRoom, show } from "@/test-support/hostile-text";
import type { ProbeService } from "../probes-api";
import { ProbePanel } from "./ProbePanel";

interface Sent {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

/** Stands in for the server; the client of the API takes `fetch` when it is imported. */
const server = vi.hoisted(() => {
  const it = {
    sent: [] as Sent[],
    answer: (_: Sent): [status: number, body: unknown] => [200, {}],
  };
  globalThis.fetch = async (input) => {
    const request = input as Request;
    const text = request.method === "GET" ? "" : await request.text();
    const path = new URL(request.url).pathname.replace("/api/v1", "");
    const sent = { method: request.method, path, body: text === "" ? {} : JSON.parse(text) };
    it.sent.push(sent);
    const [status, body] = it.answer(sent);
    return Response.json(body, { status });
  };
  return it;
});

const BODY = {
  service: "order",
  language: "python",
  type: "log",
  where: { file: "shop/orders.py", line: 17 },
  template: "order {order.no}",
  capture_snapshot: false,
  expires_at: "2999-01-01T00:00:00Z",
};
const client = { runtime_id: "r", service: "order", environment: "prod", version: "1", host: null };
const SERVICES: ProbeService[] = [
  {
    service: "order",
    enabled: true,
    document_id: "order",
    document_revision: 1,
    clients: [
      {
        ...{ ...client, language: "python", tracer_version: "4.16.0", last_seen_ms: 0 },
        ...{ accepts: true, why_not: null },
      },
    ],
  },
];

function documentOf(body: object, revision: number, author: string) {
  const place = { kind: "live-probe", id: "a", author, revision, time_ms: 0 };
  return { ...place, body, deleted: false, message: null, source: null };
}

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("probes");
});
beforeEach(() => {
  giveRoom();
  server.sent = [];
  const user = { id: "u1", name: "kim", role: "owner" as const };
  queryClient.setQueryData(sessionQuery.queryKey, { user } as never);
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  sessionStorage.clear();
});

function showPanel(id: string, prefill = {}) {
  show(
    <ProbePanel
      id={id}
      copyOf={undefined}
      prefill={prefill}
      services={SERVICES}
      canEdit
      onClose={() => {}}
    />,
  );
}

const puts = () => server.sent.filter(({ method }) => method === "PUT");

it("the form of a new probe knows the language of the service, and says what is missing", async () => {
  showPanel("new", { service: "order", file: "shop/orders.py" });
  expect(await screen.findByDisplayValue("Python")).toBeDefined();
  expect(screen.getByDisplayValue("shop/orders.py")).toBeDefined();
  expect(screen.getByText("Still missing: line")).toBeDefined();
  const create = screen.getByRole("button", { name: "Create the probe" });
  expect((create as HTMLButtonElement).disabled).toBe(true);
  expect(screen.getByText("What is captured")).toBeDefined();
});

it("a mistake is told at its place and keeps the probe from being saved", async () => {
  server.answer = ({ method, body }) => {
    const isWrong = body["condition"] === "a = 1";
    const problems = isWrong ? [{ field: "condition", position: 2, message: "write ==" }] : [];
    return [200, method === "GET" ? documentOf(BODY, 1, "kim") : { problems, compiled: {} }];
  };
  showPanel("a");
  const condition = await screen.findByRole("textbox", { name: "Only when (condition)" });
  await userEvent.type(condition, "a = 1");
  expect(await screen.findByText(/Character 3: write ==/)).toBeDefined();
  expect(document.querySelector("mark")?.textContent).toBe("=");
  const save = screen.getByRole("button", { name: "Save" }) as HTMLButtonElement;
  expect(save.disabled).toBe(true);
  await userEvent.clear(condition);
  await waitFor(() => expect(save.disabled).toBe(false));
});

it("what somebody else saved meanwhile is shown, and replaced only when it is said so", async () => {
  let current = documentOf(BODY, 1, "kim");
  server.answer = ({ method, path, body }) => {
    if (path === "/probes/check") {
      return [200, { problems: [], compiled: {} }];
    }
    if (method === "PUT" && body["expected_revision"] !== current.revision) {
      return [409, { error: { code: "conflict", message: "changed" }, current }];
    }
    if (method === "PUT") {
      current = documentOf(body["body"] as object, current.revision + 1, "kim");
    }
    return [200, current];
  };
  showPanel("a");
  const template = await screen.findByRole("textbox", { name: "Message" });
  await userEvent.type(template, "!");
  current = documentOf({ ...BODY, template: "theirs" }, 2, "lee");
  const save = screen.getByRole("button", { name: "Save" }) as HTMLButtonElement;
  await waitFor(() => expect(save.disabled).toBe(false));
  await waitFor(() => expect(save.dataset["loading"]).toBeUndefined());
  await userEvent.click(save);
  await screen.findByText(/lee/);
  expect((template as HTMLTextAreaElement).value).toBe("order {order.no}!");
  expect(save.disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: /mine/i }));
  await waitFor(() => expect(save.disabled).toBe(false));
  await userEvent.click(save);
  await waitFor(() => expect(puts()).toHaveLength(2));
  expect(puts()[1]?.body).toEqual({
    body: { ...BODY, template: "order {order.no}!" },
    expected_revision: 2,
  });
});
