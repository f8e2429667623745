/** The columns of the list, as the URL names them. */
import type { LogRow } from "../logs-api";

/** Fields that every row carries. */
export const OWN_COLUMNS = ["service", "host", "env", "trace_id", "message"] as const;
type OwnColumn = (typeof OWN_COLUMNS)[number];
export const DEFAULT_COLUMNS: readonly string[] = ["service", "message"];
export const COLUMNS_MAX = 12;

export function isOwnColumn(name: string): name is OwnColumn {
  return (OWN_COLUMNS as readonly string[]).includes(name);
}

/** At least one column, none twice. */
export function readColumns(names: readonly string[] | undefined): string[] {
  const wanted = [...new Set(names ?? [])].slice(0, COLUMNS_MAX);
  return wanted.length === 0 ? [...DEFAULT_COLUMNS] : wanted;
}

/** For the URL; the usual columns need no mention. */
export function columnsParameter(names: readonly string[]): string[] | undefined {
  const isDefault = names.join("\n") === DEFAULT_COLUMNS.join("\n");
  return isDefault || names.length === 0 ? undefined : [...names];
}

/** A new column stands before the message, which takes what space is left. */
export function addColumn(names: readonly string[], name: string): string[] {
  if (names.includes(name) || names.length >= COLUMNS_MAX) {
    return [...names];
  }
  const at = names.indexOf("message");
  return at < 0 ? [...names, name] : [...names.slice(0, at), name, ...names.slice(at)];
}

export function removeColumn(names: readonly string[], name: string): string[] {
  return names.filter((it) => it !== name);
}

export function moveColumn(names: readonly string[], name: string, by: -1 | 1): string[] {
  const at = names.indexOf(name);
  const to = at + by;
  if (at < 0 || to < 0 || to >= names.length) {
    return [...names];
  }
  const moved = names.filter((it) => it !== name);
  moved.splice(to, 0, name);
  return moved;
}

/** What the server has to look up beside the fields of every row. */
export function askedColumns(names: readonly string[]): string[] {
  return names.filter((name) => !isOwnColumn(name));
}

export function cellText(row: LogRow, name: string): string | null {
  switch (name) {
    case "service":
      return row.service;
    case "host":
      return row.host;
    case "env":
      return row.environment;
    case "trace_id":
      return row.trace_id;
    case "message":
      return row.message;
    default:
      return row.columns[name] ?? null;
  }
}

const WIDTHS: Record<string, string> = {
  service: "minmax(90px, 150px)",
  host: "minmax(90px, 150px)",
  env: "110px",
  trace_id: "100px",
  message: "minmax(240px, 1fr)",
};
const ATTRIBUTE_WIDTH = "minmax(90px, 180px)";

/** Columns of the grid, after status and time. */
export function columnTemplate(names: readonly string[]): string {
  const widths = names.map((name) => WIDTHS[name] ?? ATTRIBUTE_WIDTH);
  const grows = names.includes("message");
  return [...widths, ...(grows ? [] : ["1fr"])].join(" ");
}
