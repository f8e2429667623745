/** Counts over time for paper: drawn as lines of a document, sharp at every size. */
import { paperBars } from "./paper-chart-bars";

const WIDTH = 680;
const HEIGHT = 90;
const LEFT = 44;
const BOTTOM = 16;

interface PaperChartProps {
  title: string;
  series: { name: string; values: readonly number[]; color: string }[];
  /** What stands below the first and the last bar. */
  from: string;
  to: string;
  format: (value: number) => string;
}

export function PaperChart({ title, series, from, to, format }: PaperChartProps) {
  const largest = series.reduce((most, it) => it.values.reduce((a, b) => Math.max(a, b), most), 0);
  const plotWidth = WIDTH - LEFT;
  const plotHeight = HEIGHT - BOTTOM - 6;
  return (
    <figure style={{ margin: 0, breakInside: "avoid" }}>
      <figcaption style={{ fontWeight: 600, fontSize: "9pt" }}>
        {title}
        {(series.length > 1 ? series : []).map((it) => (
          <span key={it.name} style={{ marginLeft: 12, fontWeight: 400 }}>
            <span style={{ color: it.color, printColorAdjust: "exact" }}>■</span> {it.name}
          </span>
        ))}
      </figcaption>
      <svg className="paper-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <g transform={`translate(${LEFT} 6)`}>
          <path d={`M0 0H${plotWidth}M0 ${plotHeight}H${plotWidth}`} stroke="#b9c0c8" fill="none" />
          {series.map((it) => (
            <g key={it.name} fill={it.color}>
              {paperBars(it.values, largest, plotWidth, plotHeight).map((bar) => (
                <rect key={bar.x} {...bar} />
              ))}
            </g>
          ))}
        </g>
        <g fontSize="9" fill="#3d4650">
          <text x={LEFT - 4} y={10} textAnchor="end">
            {format(largest)}
          </text>
          <text x={LEFT - 4} y={HEIGHT - BOTTOM} textAnchor="end">
            {format(0)}
          </text>
          <text x={LEFT} y={HEIGHT - 3}>
            {from}
          </text>
          <text x={WIDTH} y={HEIGHT - 3} textAnchor="end">
            {to}
          </text>
        </g>
      </svg>
    </figure>
  );
}
