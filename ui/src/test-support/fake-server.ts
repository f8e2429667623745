/**
 * A server in place of the network, answering what a test says. The client of the API keeps the
 * `fetch` of when it is imported, so a test makes this one first:
 *
 *     const server = await vi.hoisted(async () =>
 *       (await import("@/test-support/fake-server")).fakeServer(),
 *     );
 */

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  /** Undefined where the request has none. */
  body: unknown;
}

export interface FakeServer {
  answer: (asked: Asked) => Promise<Response>;
}

export function fakeServer(): FakeServer {
  Object.defineProperty(navigator, "language", { value: "en-US" });
  const server: FakeServer = { answer: async () => Response.error() };
  globalThis.fetch = async (input) => {
    const request = input instanceof Request ? input : new Request(String(input));
    const { pathname, searchParams } = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    return server.answer({ method: request.method, path: pathname, search: searchParams, body });
  };
  return server;
}
