import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import { AssigneeName } from "./AssigneeName";

// The client of the API takes hold of `fetch` when it is imported.
const asked = vi.hoisted(() => {
  const paths: string[] = [];
  globalThis.fetch = async (request) => {
    paths.push(new URL((request as Request).url).pathname);
    return Response.json([{ id: "u2", name: "Lee" }]);
  };
  return paths;
});

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("errors");
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  asked.length = 0;
});

function show(id: string) {
  const user = { id: "u1", name: "Kim", role: "viewer" };
  queryClient.setQueryData(sessionQuery.queryKey, { user } as never);
  render(
    <MantineProvider>
      <QueryClientProvider client={queryClient}>
        <AssigneeName id={id} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("somebody else is named to a viewer too", async () => {
  show("u2");
  expect(await screen.findByText("Lee")).toBeDefined();
  expect(asked).toEqual(["/api/v1/users/names"]);
});

it("who is signed in is named without asking", async () => {
  show("u1");
  expect(await screen.findByText("Kim (you)")).toBeDefined();
  expect(asked).toEqual([]);
});

it("a person whose name is not known is shown by the id", async () => {
  show("u9");
  expect(await screen.findByText("u9")).toBeDefined();
});
