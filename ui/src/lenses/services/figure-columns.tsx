/** Columns of requests, errors and latency, alike in all tables of services. */
import type { Column } from "@/common/DataTable";
import type { Formats } from "@/design/use-format";
import { errorClass, errorPercent } from "./figure-texts";
import type { Figures } from "./services-api";

export type Texts = (key: string, values?: Record<string, unknown>) => string;

type FigureKey = "requests" | "rate_per_second" | "error_percent" | "p50_ms" | "p95_ms" | "p99_ms";
const WIDTHS: Record<FigureKey, number> = {
  requests: 112,
  rate_per_second: 88,
  error_percent: 100,
  p50_ms: 88,
  p95_ms: 88,
  p99_ms: 88,
};

/** `of` finds the figures of a row. */
export function figureColumn<Row>(
  key: FigureKey,
  of: (row: Row) => Pick<Figures, FigureKey>,
  t: Texts,
  format: Formats,
): Column<Row> {
  return {
    key,
    header: t(`column.${key}`),
    value: (row) => of(row)[key],
    cell: (row) => figureCell(key, of(row)[key], format),
    align: "right",
    width: WIDTHS[key],
  };
}

function figureCell(key: FigureKey, value: number | null, format: Formats) {
  switch (key) {
    case "requests":
      return format.count(value);
    case "rate_per_second":
      return format.frequency(value);
    case "error_percent":
      return <span className={errorClass(value)}>{errorPercent(value, format)}</span>;
    default:
      return format.durationMs(value);
  }
}
