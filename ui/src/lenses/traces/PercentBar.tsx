/** A percentage as a bar with a figure beside it. */

interface PercentBarProps {
  percent: number;
  text: string;
  tone?: "slow" | "fast" | "critical";
}

export function PercentBar({ percent, text, tone }: PercentBarProps) {
  return (
    <span className="percent-cell">
      <span className="percent-track" aria-hidden="true">
        <span data-tone={tone} style={{ width: `${Math.max(0, Math.min(100, percent))}%` }} />
      </span>
      <span className="num">{text}</span>
    </span>
  );
}
