/** The shapes of a sparkline as SVG paths. */

export interface SparklinePaths {
  line: string;
  area: string;
  /** One bar for each bucket with errors, on the scale of the requests. */
  errors: string;
}

const ERROR_BAR_HEIGHT_MIN = 2;

export function sparklinePaths(
  requests: readonly number[],
  errors: readonly number[],
  width: number,
  height: number,
): SparklinePaths {
  if (requests.length === 0) {
    return { line: "", area: "", errors: "" };
  }
  const most = requests.reduce((a, b) => Math.max(a, b), 1);
  const step = requests.length === 1 ? 0 : width / (requests.length - 1);
  const y = (value: number) => round(height - 1 - (value / most) * (height - 2));
  const points = requests.map((value, index) => `${round(index * step)} ${y(value)}`);
  const line = `M${points.join("L")}`;
  const bar = Math.max(1.5, step * 0.8);
  const bars = errors.map((value, index) => {
    if (!(value > 0)) {
      return "";
    }
    const top = Math.min(y(value), height - ERROR_BAR_HEIGHT_MIN);
    const left = Math.min(Math.max(0, index * step - bar / 2), width - bar);
    return `M${round(left)} ${height}V${top}h${round(bar)}V${height}z`;
  });
  return {
    line,
    area: `${line}L${width} ${height}L0 ${height}z`,
    errors: bars.join(""),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
