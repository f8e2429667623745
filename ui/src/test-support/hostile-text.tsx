/**
 * Names, messages and attributes come from anybody who can send telemetry: what a page shows of
 * them has to stay text. Texts that try to be more, a page to draw them in, and what has to hold.
 */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  type AnyRouter,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, vi } from "vitest";
import { queryClient } from "@/api/queries";

export const HOSTILE = [
  "<script>window.hacked = true</script>",
  '"><img src=x onerror="window.hacked = true">',
  "javascript:window.hacked = true",
  "'-alert(1)-'",
  "{{constructor.constructor('window.hacked = true')()}}",
  "$t(title)",
  "__proto__",
  "//example.com/a?b=c#d%20%",
  "\u202Egnp.exe\u0000\u001b[31m",
];

/** Lists draw the rows for which there is room, and the simulated browser has none. */
export function giveRoom(): void {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1600);
}

export function showRouter(router: AnyRouter, client = queryClient) {
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** As the only page there is. */
export function show(content: ReactNode) {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/", component: () => content });
  return showRouter(
    createRouter({
      routeTree: root.addChildren([page]),
      history: createMemoryHistory({ initialEntries: ["/"] }),
    }),
  );
}

/** Looks at the whole document, where panels and hints are drawn too. */
export function expectHarmless(): void {
  expect(document.querySelectorAll("script, img, iframe, [onerror]")).toHaveLength(0);
  for (const link of document.querySelectorAll("a")) {
    expect(link.getAttribute("href")).toMatch(/^\/(?!\/)/);
  }
  expect(window).not.toHaveProperty("hacked");
}

export async function expectShown(text: string): Promise<void> {
  await waitFor(() => expect(document.body.textContent).toContain(text));
  expectHarmless();
}

export async function expectText(content: ReactNode, text: string): Promise<void> {
  show(content);
  await expectShown(text);
}
