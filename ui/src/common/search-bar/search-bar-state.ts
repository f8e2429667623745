/** What is typed into the search bar, and choosing among what completes it. No React here. */
import type { Completion, CompletionItem } from "./use-completion";

export interface Typed {
  text: string;
  cursor: number;
}

/** Puts an item in the place of what it completes, ready for what comes next. */
export function accept(completion: Completion, item: CompletionItem): Typed {
  const before = completion.text.slice(0, completion.from);
  const after = completion.text.slice(completion.to);
  const needsSpace = item.kind !== "field" && !/[\s:(]$/.test(item.insert) && !/^\s/.test(after);
  const head = `${before}${item.insert}${needsSpace ? " " : ""}`;
  return { text: head + after, cursor: head.length };
}

/** The next choice by an arrow key; -1 is the text as it was typed. */
export function nextChoice(active: number, by: 1 | -1, count: number): number {
  const size = count + 1;
  return ((active + 1 + by + size) % size) - 1;
}
