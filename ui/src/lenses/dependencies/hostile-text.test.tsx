/** Names, messages and ids come from telemetry; all of them must stay text, on screen and on paper. */
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
} from "@tanstack/react-router";
import { cleanup, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { parseSearch, stringifySearch } from "@/common/search";
import { loadTexts, startI18n } from "@/i18n";
import { expectShown, giveRoom, HOSTILE, showRouter } from "@/test-support/hostile-text";
import type { Evidence } from "./dependencies-api";
import { dependenciesQuery, evidenceQuery } from "./dependencies-api";
import EvidencePage from "./evidence/EvidencePage";
import { exampleEvidence } from "./evidence/evidence-example";
import DependenciesPage from "./list/DependenciesPage";
import { validateDependencies, validateEvidence } from "./routes";

const SCOPE = { fromMs: 1_780_270_200_000, toMs: 1_780_275_600_000, environment: undefined };

// The language of the browser is asked for when the settings are imported.
vi.hoisted(() => Object.defineProperty(navigator, "language", { value: "ko-KR" }));
// The chart library draws on a canvas, which the simulated browser has not.
vi.mock("@/common/TimeChart", () => ({
  TimeChart: (props: { title: string; series: { name: string }[] }) => (
    <figure>{[props.title, ...props.series.map((it) => it.name)].join(" ")}</figure>
  ),
}));

beforeAll(async () => {
  giveRoom();
  await startI18n("ko");
  await loadTexts("dependencies");
});
afterEach(() => {
  cleanup();
  queryClient.clear();
});

function show(path: string, search: Record<string, unknown>) {
  const root = createRootRoute();
  const shell = createRoute({ getParentRoute: () => root, id: "shell" });
  const list = createRoute({
    getParentRoute: () => shell,
    path: "/dependencies",
    validateSearch: (raw) => ({ ...raw, ...validateDependencies(raw) }),
    component: DependenciesPage,
  });
  const evidence = createRoute({
    getParentRoute: () => shell,
    path: "/dependencies/evidence",
    validateSearch: (raw) => ({ ...raw, ...validateEvidence(raw) }),
    component: EvidencePage,
  });
  const trace = createRoute({ getParentRoute: () => shell, path: "/traces/$traceId" });
  const times = { from: SCOPE.fromMs, to: SCOPE.toMs };
  const router = createRouter({
    routeTree: root.addChildren([shell.addChildren([list, evidence, trace])]),
    history: createMemoryHistory({
      initialEntries: [`${path}${stringifySearch({ ...search, ...times })}`],
    }),
    parseSearch,
    stringifySearch,
  });
  return showRouter(router);
}

function showEvidence(evidence: Evidence) {
  const { name, attributes } = evidence;
  const asked = { ...SCOPE, name, kind: "external", operation: undefined, caller: undefined };
  const key = evidenceQuery({ ...asked, kind: "external", thresholdMs: 10_000, attributes });
  queryClient.setQueryData(key.queryKey, evidence);
  return show("/dependencies/evidence", { name, ids: attributes });
}

function hostileEvidence(text: string): Evidence {
  const base = exampleEvidence();
  return exampleEvidence({
    name: text,
    system: text,
    operations: base.operations.map((it) => ({ ...it, operation: text })),
    callers: [{ service: text, calls: 1 }],
    attribute_keys: [{ key: text, share_percent: 100, example: text, distinct: 2 }],
    attributes: [text],
    affected: base.affected.map((it) => ({
      ...it,
      trace_id: text,
      caller: text,
      operation: text,
      status_message: text,
      values: Object.fromEntries([[text, text]]),
    })),
    ids: [{ key: text, distinct: 2, smallest: text, largest: text, values: [text, text] }],
  });
}

it.each(HOSTILE)("the evidence page shows %j as text", async (text) => {
  showEvidence(hostileEvidence(text));
  await expectShown(`증빙: ${text}`);
  await expectShown(`${text} 호출 30건이 10초를 넘었고`);
});

it.each(HOSTILE)("the list shows %j as text", async (text) => {
  const { figures } = exampleEvidence();
  queryClient.setQueryData(dependenciesQuery(SCOPE, "external", 10_000).queryKey, {
    dependencies: [
      {
        kind: text,
        system: text,
        name: text,
        callers: [text],
        operations: 1,
        figures,
        timeouts: 1,
        over_threshold: 1,
        over_threshold_succeeded: 1,
        threshold_ms: 10_000,
      },
    ],
    truncated: false,
  });
  show("/dependencies", {});
  await expectShown(text);
});

it("paper has every affected request, not only those in view", async () => {
  const { container } = showEvidence(exampleEvidence());
  await screen.findByRole("heading", { level: 1, name: /증빙/ });
  const rows = [...container.querySelectorAll(".paper-only tbody tr")].map((it) => it.textContent);
  expect(rows.filter((it) => it?.includes("4bf92f3577b34da6a3ce929d0e0e"))).toHaveLength(30);
});

it("the address of the page decides the timeout that is tried", async () => {
  const { container } = showEvidence(exampleEvidence());
  await waitFor(() => expect(container.textContent).toContain("타임아웃이 30초였다면?"));
  expect(container.textContent).toContain("6건은 30초 안에 응답이 왔으므로");
  expect(container.textContent).toContain("15건은 30초보다 이른 10.0초에 끊겼으므로");
});
