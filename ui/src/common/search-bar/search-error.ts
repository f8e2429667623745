/** What the server says is wrong with a search, and where. */
import { ApiError } from "@/api/errors";

export interface SearchError {
  /** Characters before the place of the error. */
  position: number;
  message: string;
}

export function searchErrorIn(error: unknown): SearchError | undefined {
  if (!(error instanceof ApiError) || error.code !== "invalid_search") {
    return undefined;
  }
  const detail = (error.body as { error?: { position?: unknown } } | undefined)?.error;
  if (typeof detail?.position === "number") {
    return { position: detail.position, message: error.message };
  }
  // People count columns from 1.
  const column = Number(/^column (\d+):/.exec(error.message)?.[1] ?? 1);
  return { position: column - 1, message: error.message };
}
