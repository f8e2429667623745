/** A virtual tag while somebody writes it, and as it is kept. */

export const OPERATORS = [
  "is",
  "is_not",
  "one_of",
  "contains",
  "starts_with",
  "matches",
  "present",
  "absent",
] as const;
export type Operator = (typeof OPERATORS)[number];

export const OUTCOMES = ["set", "copy", "map"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const NORMALISATIONS = ["none", "lower", "trim_lower", "kebab"] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

export interface ConditionBody {
  dimension: string;
  operator: Operator;
  values: string[];
}

export interface RuleBody {
  when?: ConditionBody[];
  then: Record<string, unknown>;
}

export interface TagBody {
  name: string;
  description?: string;
  default?: string;
  normalise: Normalisation;
  rules: RuleBody[];
}

export interface ConditionForm {
  /** For React alone. */
  key: number;
  dimension: string;
  operator: Operator;
  values: string[];
}

export interface RuleForm {
  key: number;
  when: ConditionForm[];
  outcome: Outcome;
  /** What is set, or the dimension that is copied or looked up. */
  subject: string;
  /** The table that is looked up. */
  table: string;
  /** Forms of an outcome that this page does not write are kept as they are. */
  other?: Record<string, unknown>;
}

export interface TagForm {
  name: string;
  description: string;
  otherwise: string;
  normalise: Normalisation;
  rules: RuleForm[];
}

let lastKey = 0;

function newKey(): number {
  lastKey += 1;
  return lastKey;
}

export function newCondition(dimension = "service_name"): ConditionForm {
  return { key: newKey(), dimension, operator: "is", values: [] };
}

export function newRule(): RuleForm {
  return { key: newKey(), when: [newCondition()], outcome: "set", subject: "", table: "" };
}

export const EMPTY_FORM: TagForm = {
  name: "",
  description: "",
  otherwise: "",
  normalise: "none",
  rules: [],
};

/** Whether the operator compares with values at all. */
export function takesValues(operator: Operator): boolean {
  return operator !== "present" && operator !== "absent";
}

export function formOf(body: TagBody): TagForm {
  return {
    name: body.name,
    description: body.description ?? "",
    otherwise: body.default ?? "",
    normalise: body.normalise ?? "none",
    rules: body.rules.map(ruleFormOf),
  };
}

function ruleFormOf({ when = [], then }: RuleBody): RuleForm {
  const conditions = when.map((it) => ({ ...it, values: it.values ?? [], key: newKey() }));
  const rule = { key: newKey(), when: conditions, table: "" };
  const { set, copy, map } = then;
  if (typeof set === "string") {
    return { ...rule, outcome: "set", subject: set };
  }
  if (typeof copy === "string") {
    return { ...rule, outcome: "copy", subject: copy };
  }
  if (typeof map === "object" && map !== null && !("otherwise" in map)) {
    const { from, table } = map as { from?: unknown; table?: unknown };
    return { ...rule, outcome: "map", subject: String(from ?? ""), table: String(table ?? "") };
  }
  return { ...rule, outcome: "set", subject: "", other: then };
}

export function bodyOf(form: TagForm): TagBody {
  return {
    name: form.name.trim(),
    ...(form.description.trim() === "" ? {} : { description: form.description.trim() }),
    ...(form.otherwise.trim() === "" ? {} : { default: form.otherwise.trim() }),
    normalise: form.normalise,
    rules: form.rules.map(ruleBodyOf),
  };
}

function ruleBodyOf(rule: RuleForm): RuleBody {
  const when = rule.when.map(({ dimension, operator, values }) => ({
    dimension,
    operator,
    values: takesValues(operator) ? values : [],
  }));
  // biome-ignore lint/suspicious/noThenProperty: the document calls it so, and nobody awaits it
  return { when, then: rule.other ?? outcomeOf(rule) };
}

function outcomeOf({ outcome, subject, table }: RuleForm): Record<string, unknown> {
  switch (outcome) {
    case "set":
      return { set: subject.trim() };
    case "copy":
      return { copy: subject };
    case "map":
      return { map: { from: subject, table } };
  }
}

/** What keeps a form from being tried or saved; the server checks all else. */
export type FormProblem = "name" | "no_rules" | "condition" | "outcome";

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export function problemOf(form: TagForm): FormProblem | undefined {
  if (!NAME.test(form.name.trim())) {
    return "name";
  }
  if (form.rules.length === 0) {
    return "no_rules";
  }
  const isOpen = (it: ConditionForm) =>
    it.dimension === "" || (takesValues(it.operator) && it.values.length === 0);
  if (form.rules.some((rule) => rule.when.some(isOpen))) {
    return "condition";
  }
  const isUndecided = (rule: RuleForm) =>
    rule.other === undefined &&
    (rule.subject.trim() === "" || (rule.outcome === "map" && rule.table.trim() === ""));
  return form.rules.some(isUndecided) ? "outcome" : undefined;
}

/** Moves a rule by one; the first that matches decides, so order is meaning. */
export function movedRules(rules: readonly RuleForm[], index: number, by: 1 | -1): RuleForm[] {
  const target = index + by;
  const next = [...rules];
  const [rule] = next.splice(index, 1);
  if (rule === undefined || target < 0 || target >= rules.length) {
    return [...rules];
  }
  next.splice(target, 0, rule);
  return next;
}
