/** A pattern as text and variables: `took <num> ms`. */

export interface PatternPart {
  text: string;
  isVariable: boolean;
}

/** As the server names the types of variables. */
const VARIABLE = /(<(?:\*|num|size|duration|time|ip|host|hex|uuid|id|path|url|email|str)>)/;

export function patternParts(pattern: string): PatternPart[] {
  return pattern
    .split(VARIABLE)
    .map((text, at) => ({ text, isVariable: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

/** Percent by which `now` is more than `before`; undefined when there was nothing before. */
export function changePercent(now: number, before: number | null): number | undefined {
  return before === null || before === 0 ? undefined : (100 * (now - before)) / before;
}
