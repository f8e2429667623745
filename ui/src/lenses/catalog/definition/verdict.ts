/** Whether a text that was checked can be saved as the definition of a service, and why not. */
import type { CatalogCheck, CheckedDefinition } from "../catalog-api";

export type Verdict =
  | { checked: CheckedDefinition }
  | { problem: "faults" | "nothing" | "several" }
  | { problem: "other_name"; name: string };

export function verdictOf({ services, problems }: CatalogCheck, name: string): Verdict {
  const [checked] = services;
  if (problems.length > 0) {
    return { problem: "faults" };
  }
  if (checked === undefined) {
    return { problem: "nothing" };
  }
  if (services.length > 1) {
    return { problem: "several" };
  }
  return checked.name === name ? { checked } : { problem: "other_name", name: checked.name };
}
