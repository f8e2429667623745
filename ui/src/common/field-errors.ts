/** Errors of the server that name a field, for the input of that field. */
import { ApiError } from "@/api/errors";

export function fieldMessage(error: unknown, path: string): string | null {
  const fields = error instanceof ApiError ? error.fields : [];
  return fields.find((field) => field.path === path)?.message ?? null;
}
