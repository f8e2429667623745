/** Which exchange rate an answer of the API asks for. */
import type { ApiError } from "@/api/errors";

export interface RateAsked {
  from: string;
  to: string;
  /** The first day that needs it. */
  day?: string | undefined;
}

const MISSING = "exchange_rate_missing";

/** Undefined when the error is another one. */
export function missingRate(error: Pick<ApiError, "code" | "message">): RateAsked | undefined {
  if (error.code !== MISSING) {
    return undefined;
  }
  const [, from, to] = /from (\S+) to (\S+)/.exec(error.message) ?? [];
  const [day] = /\d{4}-\d\d-\d\d/.exec(error.message) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to, day };
}
