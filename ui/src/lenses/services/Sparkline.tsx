/** Requests over the time range as a small line, with errors filled in front of it. */
import { ERROR_COLOR } from "@/design/theme";
import { sparklinePaths } from "./sparkline-paths";

const WIDTH = 140;
const HEIGHT = 24;

interface SparklineProps {
  requests: readonly number[];
  errors: readonly number[];
  /** What the line says, for screen readers. */
  label: string;
}

export function Sparkline({ requests, errors, label }: SparklineProps) {
  const paths = sparklinePaths(requests, errors, WIDTH, HEIGHT);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path d={paths.area} className="sparkline-area" />
      <path d={paths.line} className="sparkline-line" />
      <path d={paths.errors} fill={ERROR_COLOR} />
    </svg>
  );
}
