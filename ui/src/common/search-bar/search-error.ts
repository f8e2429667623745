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
  return { position: error.position ?? 0, message: error.message };
}
