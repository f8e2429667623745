/** What every part of the form is given. */
import { fieldMessage } from "@/common/field-errors";
import type { ProbeProblem } from "../probes-api";
import type { ProbeForm } from "./probe-form";

export interface FormPart {
  form: ProbeForm;
  change: (part: Partial<ProbeForm>) => void;
  isEditable: boolean;
  /** What the check found in what is written now. */
  problems: readonly ProbeProblem[];
  /** The error of the last save: it may name fields. */
  refused: unknown;
}

/** Places in the document that have an input, which tells what is wrong there. */
const SHOWN = [
  ...["/service", "/language", "/environment", "/version", "/where/file", "/where/line"],
  ...["/where/class", "/where/module", "/where/method", "/metric/name", "/tags", "/redact"],
  ...["/snapshots_per_second", "/expires_at", "/capture/max_depth", "/capture/max_length"],
  ...["/capture/max_collection_size", "/capture/max_fields"],
  ...["condition", "template", "metric_value"],
];

/** A list is wrong when one of its elements is. */
function isOf(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}/`);
}

/** What is wrong with the input of `path`. */
export function problemAt(
  { problems, refused }: Pick<FormPart, "problems" | "refused">,
  path: string,
): string | null {
  const found = problems.find(({ field }) => isOf(field, path));
  return found?.message ?? fieldMessage(refused, path);
}

/** What no input would tell. */
export function otherProblems(problems: readonly ProbeProblem[]): ProbeProblem[] {
  return problems.filter(({ field }) => !SHOWN.some((path) => isOf(field, path)));
}
