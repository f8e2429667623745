/** A pipeline as a form, and its rules as text. */
import type { Schemas } from "@/api/client";
import type { RuleState } from "../logs-api";

type Document = Schemas["Document"];
export type Rule = Record<string, unknown>;

/** In the place of an id: a pipeline that is not saved yet. */
export const NEW_ID = "new";
const ORDER_DEFAULT = 100;
const ID_BYTES = 3;
const ID_LENGTH_MAX = 48;

export interface PipelineForm {
  name: string;
  order: number;
  isEnabled: boolean;
  match: string;
  /** A JSON list. */
  rules: string;
}

export const NEW_PIPELINE: PipelineForm = {
  name: "",
  order: ORDER_DEFAULT,
  isEnabled: false,
  match: "",
  rules: "[]",
};

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** With rules one below the other: short ones in one line each. */
export function rulesText(rules: readonly unknown[]): string {
  return rules.length === 0 ? "[]" : JSON.stringify(rules, null, 2);
}

export function readPipeline({ body }: Pick<Document, "body">): PipelineForm {
  const { order, enabled, rules } = body;
  return {
    name: text(body["name"]),
    order: typeof order === "number" ? order : ORDER_DEFAULT,
    isEnabled: enabled !== false,
    match: text(body["match"]),
    rules: rulesText(Array.isArray(rules) ? rules : []),
  };
}

/** Undefined when the text is no JSON list. */
export function parseRules(rules: string): Rule[] | undefined {
  try {
    const parsed: unknown = JSON.parse(rules);
    return Array.isArray(parsed) ? (parsed as Rule[]) : undefined;
  } catch {
    return undefined;
  }
}

/** The body of the document; undefined when the rules cannot be read. */
export function bodyOfForm(form: PipelineForm): Record<string, unknown> | undefined {
  const rules = parseRules(form.rules);
  if (rules === undefined) {
    return undefined;
  }
  return {
    name: form.name.trim(),
    order: form.order,
    enabled: form.isEnabled,
    ...(form.match.trim() === "" ? {} : { match: form.match.trim() }),
    rules,
  };
}

/** The rules with one more at the end; as they are when they cannot be read. */
export function withRule(rules: string, rule: Rule): string {
  const parsed = parseRules(rules);
  return parsed === undefined ? rules : rulesText([...parsed, rule]);
}

/** A name for the address, in lower-case letters, digits and hyphens. */
export function newPipelineId(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ["pipeline"];
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  const unique = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${words.join("-").slice(0, ID_LENGTH_MAX)}-${unique}`;
}

/** In the order in which they are applied. */
export function sortPipelines(documents: readonly Document[]): Document[] {
  const orderOf = (it: Document) => readPipeline(it).order;
  return [...documents].sort((a, b) => orderOf(a) - orderOf(b) || a.id.localeCompare(b.id));
}

export interface Counters {
  matched: number;
  droppedRecords: number;
  droppedBytes: number;
  redactions: number;
  failed: number;
  /** Time of all rules for a record that comes to them. */
  nanosecondsPerRecord: number | null;
}

/** Nanoseconds of a rule for each record that came to it; null before the first. */
export function ruleCost({ evaluated, nanoseconds }: RuleState): number | null {
  return evaluated === 0 ? null : nanoseconds / evaluated;
}

export function sumCounters(rules: readonly RuleState[]): Counters {
  const sum = (value: (rule: RuleState) => number) =>
    rules.reduce((total, rule) => total + value(rule), 0);
  const costs = rules.map(ruleCost).filter((it) => it !== null);
  return {
    matched: sum((it) => it.matched),
    droppedRecords: sum((it) => it.dropped_records),
    droppedBytes: sum((it) => it.dropped_bytes),
    redactions: sum((it) => it.redactions),
    failed: sum((it) => it.failed),
    nanosecondsPerRecord: costs.length === 0 ? null : costs.reduce((a, b) => a + b, 0),
  };
}
