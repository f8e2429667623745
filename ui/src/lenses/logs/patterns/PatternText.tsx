/** A pattern with its variables marked. */
import { patternParts } from "./pattern-parts";

export function PatternText({ pattern }: { pattern: string }) {
  return (
    <code className="log-pattern">
      {patternParts(pattern).map(({ text, isVariable }, at) =>
        isVariable ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
      )}
    </code>
  );
}
