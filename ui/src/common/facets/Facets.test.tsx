/** What a click on a facet does to the search, and what stays in view while counts are on their way. */
import { keepPreviousData, type UseQueryOptions } from "@tanstack/react-query";
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ComponentProps, useState } from "react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import english from "@/i18n/en/logs.json";
import englishOfTraces from "@/i18n/en/traces.json";
import { show } from "@/test-support/hostile-text";
import { type FacetAnswer, Facets } from "./Facets";
import type { FacetQuestion } from "./facet-fields";

const COUNTS: Record<string, FacetAnswer["facets"][number]> = {
  status: { field: "status", values: [{ value: "error", count: 4 }], more: false },
  service: {
    field: "service",
    values: [
      { value: "order", count: 1200 },
      { value: "pay", count: 300 },
      { value: null, count: 3 },
    ],
    more: true,
  },
  "@menu": { field: "@menu", values: [], more: false },
};

const asked: FacetQuestion[] = [];
const pressed = (name: RegExp) => screen.getByRole("button", { name }).getAttribute("aria-pressed");

function answered(question: FacetQuestion, sampledFrom: number | null): FacetAnswer {
  const facets = question.fields.flatMap((field) => COUNTS[field] ?? []);
  return { facets, sampled_from: sampledFrom };
}

function showFacets(query: string, added?: string[], sampledFrom: number | null = null) {
  const calls = { onQuery: vi.fn(), onAdded: vi.fn() };
  const ask = (question: FacetQuestion): UseQueryOptions<FacetAnswer> => ({
    queryKey: ["facets", question],
    queryFn: async () => {
      asked.push(question);
      return answered(question, sampledFrom);
    },
  });
  show(
    <Facets
      {...calls}
      area="logs"
      query={query}
      usual={["status", "service"]}
      added={added}
      ask={ask}
      nameOf={(field) => field.toUpperCase()}
      textOf={(field, value) => (field === "status" ? `status ${value}` : value)}
      colorOf={(field) => (field === "status" ? "rgb(1, 2, 3)" : undefined)}
    />,
  );
  return calls;
}

function Searching({ ask }: Pick<ComponentProps<typeof Facets>, "ask">) {
  const [query, setQuery] = useState("");
  return (
    <Facets
      area="logs"
      query={query}
      usual={["status", "service", "host"]}
      added={undefined}
      ask={ask}
      nameOf={(field) => field}
      onQuery={setQuery}
      onAdded={() => {}}
    />
  );
}

/** Questions wait until the function that it gives answers them. */
function showWaiting() {
  const answers = new Map<string, (answer: FacetAnswer) => void>();
  const ask = (question: FacetQuestion): UseQueryOptions<FacetAnswer> => ({
    queryKey: ["facets", question],
    placeholderData: keepPreviousData,
    queryFn: () =>
      new Promise((resolve) => answers.set(`${question.query} of ${question.fields}`, resolve)),
  });
  show(<Searching ask={ask} />);
  return async (question: string, counts: Record<string, number>) => {
    await waitFor(() => expect([...answers.keys()]).toContain(question));
    const facets = Object.entries(counts).map(([field, count]) => ({
      ...{ field, more: false },
      values: [{ value: `a ${field}`, count }],
    }));
    await act(async () => {
      answers.get(question)?.({ facets, sampled_from: null });
      // The answer reaches the page a moment later.
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
  };
}

function shownCounts(): string[] {
  const values = screen.getAllByRole("button", { name: /^a (status|service|host) \d+$/ });
  return values.map((it) => [...it.querySelectorAll("span")].map((at) => at.textContent).join(" "));
}

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("logs");
});
beforeEach(() => {
  vi.spyOn(window, "matchMedia").mockImplementation(
    (media) => ({ matches: true, media, addEventListener() {}, removeEventListener() {} }) as never,
  );
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  localStorage.clear();
  asked.length = 0;
});

test("every area that has facets has all of their texts", () => {
  expect(Object.keys(englishOfTraces.facet).sort()).toEqual(Object.keys(english.facet).sort());
});

test("a click adds a value to the search, one with Alt or on the sign excludes it", async () => {
  const { onQuery } = showFacets("timeout");
  const value = await screen.findByRole("button", { name: "order 1.2k" });
  fireEvent.click(value);
  fireEvent.click(value, { altKey: true });
  fireEvent.click(screen.getByRole("button", { name: "Exclude order" }));
  expect(onQuery.mock.calls.flat()).toEqual([
    "timeout service:order",
    "timeout -service:order",
    "timeout -service:order",
  ]);
});

test("a field that is searched for keeps its other values, and says which is chosen", async () => {
  showFacets("service:order -status:error");
  await screen.findByRole("button", { name: "pay 300" });
  expect(asked).toEqual([
    { query: "service:order", fields: ["status"] },
    { query: "-status:error", fields: ["service"] },
  ]);
  expect([pressed(/^order/), pressed(/^pay/)]).toEqual(["true", "false"]);
  expect(pressed(/Exclude status error/)).toBe("true");
});

test("values are written and coloured as the page says, bars by the most frequent", async () => {
  showFacets("");
  await screen.findByRole("button", { name: "status error 4" });
  const bar = (name: string) => screen.getByRole("button", { name }).querySelector("i")?.style;
  expect([bar("status error 4")?.background, bar("order 1.2k")?.background]).toEqual([
    "rgb(1, 2, 3)",
    "",
  ]);
  expect(["order 1.2k", "pay 300"].map((it) => bar(it)?.width)).toEqual(["100%", "25%"]);
  expect(screen.getByRole("button", { name: "(none) 3" })).toBeDefined();
  expect(screen.getByText("There are more: type service: into the search.")).toBeDefined();
});

test("fields are added and those that were added are removed, the usual ones stay", async () => {
  const { onAdded } = showFacets("", ["@menu"], 1_000_000);
  const menu = await screen.findByRole("region", { name: "@MENU" });
  expect(within(menu).getByText("No values")).toBeDefined();
  expect(screen.getByText("The counts are estimates from a sample.")).toBeDefined();
  expect(screen.getAllByRole("button", { name: /^Remove/ })).toHaveLength(1);
  fireEvent.click(within(menu).getByRole("button", { name: "Remove the field @menu" }));
  await userEvent.type(screen.getByRole("textbox"), " @team {Enter}");
  expect(onAdded.mock.calls).toEqual([[[]], [["@menu", "@team"]]]);
});

test("what was counted stays in view until the next counts come", async () => {
  const answer = showWaiting();
  await answer(" of status,service,host", { status: 10, service: 20, host: 30 });
  fireEvent.click(await screen.findByRole("button", { name: "a status 10" }));
  await waitFor(() => expect(pressed(/^a status/)).toBe("true"));
  expect(shownCounts()).toEqual(["a status 10", "a service 20", "a host 30"]);
  await answer(" of status", { status: 11 });
  expect(shownCounts()).toEqual(["a status 11", "a service 20", "a host 30"]);
  await answer('status:"a status" of service,host', { service: 7, host: 8 });
  expect(shownCounts()).toEqual(["a status 11", "a service 7", "a host 8"]);
});

test("a folded field stays folded", async () => {
  showFacets("");
  fireEvent.click(await screen.findByRole("button", { name: "SERVICE" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "order 1.2k" })).toBeNull());
  expect(localStorage.getItem("hannun-logs-facet-closed service")).toBe("true");
  cleanup();
  showFacets("");
  const head = await screen.findByRole("button", { name: "SERVICE" });
  expect(head.getAttribute("aria-expanded")).toBe("false");
});

test("where there is little room they are behind a button", async () => {
  vi.mocked(window.matchMedia).mockImplementation(
    (media) =>
      ({ matches: false, media, addEventListener() {}, removeEventListener() {} }) as never,
  );
  showFacets("");
  fireEvent.click(await screen.findByRole("button", { name: "Filters" }));
  const panel = await screen.findByRole("dialog", { name: "Filters" });
  expect(await within(panel).findByRole("button", { name: "order 1.2k" })).toBeDefined();
});
