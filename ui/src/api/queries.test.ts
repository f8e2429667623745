import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { ApiError, apiErrorFrom, ConnectionError } from "./errors";
import { isWorthRetrying } from "./queries";

test("silence is asked again a few times, a refusal never", () => {
  expect(isWorthRetrying(0, new ConnectionError())).toBe(true);
  expect(isWorthRetrying(3, new ConnectionError())).toBe(false);
  expect(isWorthRetrying(0, new ApiError(503, "busy", ""))).toBe(true);
  expect(isWorthRetrying(0, new ApiError(403, "forbidden", ""))).toBe(false);
  expect(isWorthRetrying(0, new Error("bug"))).toBe(false);
});

test("an error carries code, message, fields and how long to wait", () => {
  const body = { error: { code: "c", message: "m", fields: [{ path: "/a", message: "b" }] } };
  const response = new Response(null, { status: 429, headers: { "retry-after": "30" } });
  expect(apiErrorFrom(response, body)).toMatchObject({
    status: 429,
    code: "c",
    message: "m",
    fields: [{ path: "/a", message: "b" }],
    retryAfterSeconds: 30,
  });
});

test("an answer that is not ours still becomes an error", () => {
  expect(apiErrorFrom(new Response("<html>", { status: 500 }), "<html>")).toMatchObject({
    status: 500,
    code: "http_500",
  });
});

test("a component that goes away does not cancel the session that a route waits for", async () => {
  let resolve: (response: Response) => void = () => {};
  const answered = new Promise<Response>((it) => {
    resolve = it;
  });
  vi.stubGlobal("fetch", () => answered);
  vi.resetModules();
  const { queryClient, sessionQuery } = await import("./queries");
  const waiting = queryClient.ensureQueryData(sessionQuery);
  new QueryObserver(queryClient, sessionQuery).subscribe(() => {})();
  const session = { user: null, csrf_token: null, setup_done: true, version: "1" };
  resolve(Response.json(session));
  await expect(waiting).resolves.toEqual(session);
  vi.unstubAllGlobals();
});
