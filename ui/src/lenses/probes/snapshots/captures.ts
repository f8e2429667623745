/**
 * What a snapshot captured, as a tree: where it was taken, what of it, and values inside of values.
 * Clients of every language write the same shape: `{type, value}` or `fields`, `elements`,
 * `entries`, and `notCapturedReason` for what they left out.
 */

/** Why a value is not there, or not whole. */
export type Gap =
  | "redacted"
  | "truncated"
  | "depth"
  | "collection_size"
  | "field_count"
  | "timeout"
  | "other";

export interface ValueNode {
  /** Its path: unique in the tree, and the same for the same place of another snapshot. */
  id: string;
  name: string;
  type: string | null;
  /** Of a value without parts. */
  text: string | null;
  gap: Gap | null;
  /** As the client said it, for a gap of another kind. */
  reason: string | null;
  /** Elements or characters that there really were. */
  size: number | null;
  children: ValueNode[];
}

export const GROUPS = [
  "return",
  "throwable",
  "arguments",
  "locals",
  "fields",
  "expressions",
  "statics",
] as const;
export type GroupName = (typeof GROUPS)[number];

export interface CaptureGroup {
  id: string;
  name: GroupName;
  values: ValueNode[];
}

export interface CaptureSection {
  at: "entry" | "return" | "line";
  line: string | null;
  groups: CaptureGroup[];
}

type Entries = Record<string, unknown>;

const RETURN = "@return";
const GAPS = new Map<string, Gap>(
  Object.entries({
    redactedIdent: "redacted",
    redactedType: "redacted",
    depth: "depth",
    collectionSize: "collection_size",
    fieldCount: "field_count",
    timeout: "timeout",
  }),
);
/** What is written in the place of a value that was taken out after it had been captured. */
const REDACTED_TEXT = /^'?(\{redacted\}|\[redacted[^\]]*\])'?$/i;

function entriesOf(value: unknown): Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Entries)
    : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return value === undefined || value === null ? null : String(value);
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function gapOf(value: Entries, text: string | null): Gap | null {
  const reason = textOf(value["notCapturedReason"]);
  if (reason !== null) {
    return GAPS.get(reason) ?? "other";
  }
  if (text !== null && REDACTED_TEXT.test(text)) {
    return "redacted";
  }
  return value["truncated"] === true ? "truncated" : null;
}

/** A key of a map as one would write it in code. */
function keyText(key: unknown): string {
  const { value, type, isNull } = entriesOf(key);
  return textOf(value) ?? (isNull === true ? "null" : (textOf(type) ?? "?"));
}

function childrenOf(id: string, value: Entries): ValueNode[] {
  const fields = Object.entries(entriesOf(value["fields"]));
  return [
    ...fields.map(([name, it]) => valueNode(`${id}.${name}`, name, it)),
    ...listOf(value["elements"]).map((it, at) => valueNode(`${id}[${at}]`, `[${at}]`, it)),
    ...listOf(value["entries"]).map((pair, at) => {
      const [key, it] = listOf(pair);
      return valueNode(`${id}{${at}}`, keyText(key), it);
    }),
  ];
}

export function valueNode(id: string, name: string, captured: unknown): ValueNode {
  const value = entriesOf(captured);
  // A value that is none of the known shapes is shown as it is.
  const isKnown = captured === value && Object.keys(value).length > 0;
  const text =
    value["isNull"] === true ? "null" : isKnown ? textOf(value["value"]) : JSON.stringify(captured);
  const gap = gapOf(value, text);
  return {
    id,
    name,
    type: textOf(value["type"]),
    text: gap === "redacted" ? null : (text ?? null),
    gap,
    reason: gap === "other" ? textOf(value["notCapturedReason"]) : null,
    size: numberOf(value["size"]),
    children: gap === "redacted" ? [] : childrenOf(id, value),
  };
}

function group(id: string, name: GroupName, values: unknown): CaptureGroup[] {
  const nodes = Object.entries(entriesOf(values)).map(([key, it]) =>
    valueNode(`${id}.${name}.${key}`, key, it),
  );
  return nodes.length === 0 ? [] : [{ id: `${id}.${name}`, name, values: nodes }];
}

interface Thrown {
  type: string | null;
  message: string | null;
}

function throwableOf(id: string, thrown: unknown): CaptureGroup[] {
  const { type, message } = entriesOf(thrown);
  const said: Thrown = { type: textOf(type), message: textOf(message) };
  if (said.type === null && said.message === null) {
    return [];
  }
  const node = valueNode(`${id}.throwable.thrown`, said.type ?? "?", {
    type: said.type,
    value: said.message ?? "",
  });
  return [{ id: `${id}.throwable`, name: "throwable", values: [node] }];
}

function groupsOf(id: string, captured: unknown): CaptureGroup[] {
  const context = entriesOf(captured);
  const { [RETURN]: returned, ...locals } = entriesOf(context["locals"]);
  return [
    ...(returned === undefined ? [] : group(id, "return", { [RETURN]: returned })),
    ...throwableOf(id, context["throwable"]),
    ...group(id, "arguments", context["arguments"]),
    ...group(id, "locals", locals),
    ...group(id, "fields", context["fields"]),
    ...group(id, "expressions", context["captureExpressions"]),
    ...group(id, "statics", context["staticFields"]),
  ];
}

/** Those that captured something, in the order in which the code came to them. */
export function captureSections(captures: Entries | null): CaptureSection[] {
  const sections: CaptureSection[] = [
    { at: "entry", line: null, groups: groupsOf("entry", captures?.["entry"]) },
    ...Object.entries(entriesOf(captures?.["lines"])).map(
      ([line, it]): CaptureSection => ({ at: "line", line, groups: groupsOf(`line${line}`, it) }),
    ),
    { at: "return", line: null, groups: groupsOf("return", captures?.["return"]) },
  ];
  return sections.filter(({ groups }) => groups.length > 0);
}

/** Values that are not there or not whole, by why. */
export function countGaps(sections: readonly CaptureSection[]): { redacted: number; cut: number } {
  const counts = { redacted: 0, cut: 0 };
  const visit = (node: ValueNode) => {
    if (node.gap === "redacted") {
      counts.redacted += 1;
    } else if (node.gap !== null) {
      counts.cut += 1;
    }
    node.children.forEach(visit);
  };
  for (const { values } of sections.flatMap(({ groups }) => groups)) {
    values.forEach(visit);
  }
  return counts;
}
