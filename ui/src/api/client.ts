/**
 * The typed client of the API. Use it as
 * `answer(api.GET("/api/v1/services", { params: { query }, signal }))`:
 * the promise gives the body, or throws `ApiError` or `ConnectionError`.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { reportAnswered, reportUnreachable } from "./connection";
import { ApiError, apiErrorFrom, ConnectionError } from "./errors";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

const CSRF_HEADER = "hannun-csrf";
/** What a proxy in front answers when the server behind it is gone. */
const GATEWAY_STATUSES = [502, 504];

let csrfToken: string | null = null;
let onSignedOut: () => void = () => {};

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** `listener` is called when the server says that nobody is signed in any more. */
export function onUnauthorized(listener: () => void): void {
  onSignedOut = listener;
}

const protect: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && csrfToken !== null) {
      request.headers.set(CSRF_HEADER, csrfToken);
    }
  },
  onResponse({ response, schemaPath }) {
    if (GATEWAY_STATUSES.includes(response.status)) {
      reportUnreachable();
      throw new ConnectionError("the server does not answer");
    }
    reportAnswered();
    if (response.status === 401 && schemaPath !== "/api/v1/session") {
      onSignedOut();
    }
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") {
      return;
    }
    reportUnreachable();
    return new ConnectionError("the server does not answer");
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(protect);

interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

export async function answer<Data>(request: Promise<Answered<Data>>): Promise<Data> {
  const { data, error, response } = await request;
  if (!response.ok) {
    throw apiErrorFrom(response, error);
  }
  return data as Data;
}

export { ApiError, ConnectionError };
