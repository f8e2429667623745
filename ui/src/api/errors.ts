/** What can go wrong when the server is asked, as types that pages can act on. */
import type { components } from "./schema";

export type FieldError = components["schemas"]["FieldError"];

/** The server answered, and refused. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly FieldError[] = [],
    /** The whole answer: a conflict carries the current document. */
    readonly body: unknown = undefined,
    readonly retryAfterSeconds: number | undefined = undefined,
    /** In a search that is wrong: the character where, counted from 0. */
    readonly position: number | undefined = undefined,
  ) {
    super(message);
  }
}

/** The server did not answer at all. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

interface ErrorBody {
  error?: Partial<components["schemas"]["ErrorDetail"]>;
}

export function apiErrorFrom(response: Response, body: unknown): ApiError {
  const detail = (typeof body === "object" && body !== null ? (body as ErrorBody) : {}).error;
  const retryAfter = Number(response.headers.get("retry-after"));
  return new ApiError(
    response.status,
    detail?.code ?? `http_${response.status}`,
    detail?.message ?? response.statusText,
    detail?.fields ?? [],
    body,
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
    detail?.position ?? undefined,
  );
}
