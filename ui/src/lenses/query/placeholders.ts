/**
 * `$from`, `$to` and `$environment` in SQL become literals before the query is sent. Text, quoted
 * names and comments stay as they are. Places in the sent SQL can be found again in what was written.
 */

export interface PlaceholderValues {
  fromMs: number;
  toMs: number;
  environment: string | undefined;
}

export interface SentSql {
  text: string;
  used: ReadonlySet<Placeholder>;
  /** The offset in the written SQL for an offset in the sent SQL. */
  toWritten: (offset: number) => number;
}

export const PLACEHOLDERS = ["from", "to", "environment"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Strings, quoted names, comments and dollar-quoted text, which are skipped; then placeholders. */
const TOKENS =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$)|(?<![\w$])\$(?<name>from|to|environment)(?![\w$])/g;

export function timestampLiteral(timeMs: number): string {
  return `TIMESTAMP '${new Date(timeMs).toISOString()}'`;
}

export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function literal(name: Placeholder, values: PlaceholderValues): string {
  switch (name) {
    case "from":
      return timestampLiteral(values.fromMs);
    case "to":
      return timestampLiteral(values.toMs);
    case "environment":
      return values.environment === undefined ? "NULL" : textLiteral(values.environment);
  }
}

interface Replaced {
  writtenStart: number;
  writtenEnd: number;
  sentStart: number;
  sentEnd: number;
}

export function fillPlaceholders(written: string, values: PlaceholderValues): SentSql {
  const used = new Set<Placeholder>();
  const replaced: Replaced[] = [];
  let text = "";
  let at = 0;
  for (const match of written.matchAll(TOKENS)) {
    const name = match.groups?.["name"] as Placeholder | undefined;
    if (name === undefined) {
      continue;
    }
    used.add(name);
    text += written.slice(at, match.index);
    const sentStart = text.length;
    text += literal(name, values);
    at = match.index + match[0].length;
    replaced.push({ writtenStart: match.index, writtenEnd: at, sentStart, sentEnd: text.length });
  }
  text += written.slice(at);
  return { text, used, toWritten: (offset) => writtenOffset(offset, replaced) };
}

function writtenOffset(offset: number, replaced: readonly Replaced[]): number {
  let [sentEnd, writtenEnd] = [0, 0];
  for (const it of replaced) {
    if (offset < it.sentStart) {
      break;
    }
    if (offset < it.sentEnd) {
      return it.writtenStart;
    }
    [sentEnd, writtenEnd] = [it.sentEnd, it.writtenEnd];
  }
  return writtenEnd + (offset - sentEnd);
}

/** The offset that an error message names as `Line: 2, Column: 7`; undefined when it names none. */
export function errorOffset(message: string, sent: string): number | undefined {
  const match = /line:?\s*(\d+)\s*,?\s*col(?:umn)?:?\s*(\d+)/i.exec(message);
  if (match === null) {
    return undefined;
  }
  const [line, column] = [Number(match[1]), Number(match[2])];
  const lines = sent.split("\n");
  if (line < 1 || line > lines.length) {
    return undefined;
  }
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return Math.min(sent.length, before + Math.max(0, column - 1));
}

export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
