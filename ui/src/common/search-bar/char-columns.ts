/** The server counts characters, the browser UTF-16 units: one character of some scripts is two. */

export function charsBefore(text: string, unit: number): number {
  return [...text.slice(0, unit)].length;
}

export function unitOfChar(text: string, char: number): number {
  return [...text].slice(0, char).join("").length;
}

/** The part of `text` that an error at `char` is about: its word, or at least one character. */
export function errorSpan(text: string, char: number): { from: number; to: number } {
  const from = Math.min(unitOfChar(text, char), text.length);
  const word = /^[^\s()|]+/.exec(text.slice(from))?.[0].length ?? 0;
  return { from, to: Math.max(from + word, from + 1) };
}
