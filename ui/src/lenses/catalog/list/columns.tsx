/** The columns of the catalog. */
import type { Column } from "@/common/DataTable";
import type { Formats } from "@/design/use-format";
import { errorClass, errorPercent } from "@/lenses/services/figure-texts";
import type { CatalogService } from "../catalog-api";
import { EntryLink, StateBadge, stateOf } from "../Marks";
import { signalText } from "../signals";

export type Texts = (key: string, values?: Record<string, unknown>) => string;
type Row = CatalogService;

export function catalogColumns(t: Texts, format: Formats): Column<Row>[] {
  return [...whoseColumns(t), ...whatColumns(t), ...figureColumns(t, format), seen(t, format)];
}

function whoseColumns(t: Texts): Column<Row>[] {
  const text = (key: "team" | "tier" | "lifecycle", width: number, grow = 0): Column<Row> => ({
    key,
    header: t(`column.${key}`),
    value: (row) => row[key],
    cell: (row) => <span title={row[key] ?? undefined}>{row[key] ?? "–"}</span>,
    width,
    grow,
  });
  return [
    {
      key: "name",
      header: t("column.name"),
      value: (row) => row.name,
      cell: (row) => <EntryLink name={row.name} isInRow />,
      width: 140,
      grow: 2,
    },
    {
      key: "state",
      header: t("column.state"),
      value: (row) => t(`state.${stateOf(row)}`),
      cell: (row) => <StateBadge service={row} />,
      width: 128,
    },
    {
      key: "findings",
      header: t("column.findings"),
      hint: t("hint.findings"),
      value: (row) => row.findings,
      cell: (row) => (
        <span className={row.findings > 0 ? "catalog-wrong" : undefined}>{row.findings}</span>
      ),
      align: "right",
      width: 104,
    },
    text("team", 96, 1),
    text("tier", 60),
    text("lifecycle", 96),
  ];
}

function whatColumns(t: Texts): Column<Row>[] {
  return [
    {
      key: "languages",
      header: t("column.languages"),
      value: (row) => row.languages.join(" "),
      cell: ({ languages }) => (
        <span title={languages.join("\n")}>{languages.join(", ") || "–"}</span>
      ),
      width: 90,
      grow: 1,
    },
    {
      key: "signals",
      header: t("column.signals"),
      value: (row) => row.signals.map((it) => signalText(it, t)).join(" "),
      cell: (row) => {
        const texts = row.signals.map((it) => signalText(it, t));
        return <span title={texts.join("\n")}>{texts.join(", ") || "–"}</span>;
      },
      width: 150,
      grow: 1,
    },
  ];
}

function figureColumns(t: Texts, format: Formats): Column<Row>[] {
  return [
    {
      key: "rate_per_second",
      header: t("column.rate_per_second"),
      value: (row) => row.figures?.rate_per_second,
      cell: (row) => format.frequency(row.figures?.rate_per_second),
      align: "right",
      width: 80,
    },
    {
      key: "error_percent",
      header: t("column.error_percent"),
      value: (row) => row.figures?.error_percent,
      cell: ({ figures }) => (
        <span className={errorClass(figures?.error_percent) && "catalog-wrong"}>
          {errorPercent(figures?.error_percent, format)}
        </span>
      ),
      align: "right",
      width: 92,
    },
    {
      key: "p95_ms",
      header: t("column.p95_ms"),
      value: (row) => row.figures?.p95_ms,
      cell: (row) => format.durationMs(row.figures?.p95_ms),
      align: "right",
      width: 80,
    },
  ];
}

function seen(t: Texts, format: Formats): Column<Row> {
  return {
    key: "last_seen_ms",
    header: t("column.last_seen"),
    value: (row) => row.last_seen_ms,
    cell: ({ last_seen_ms: at }) =>
      at === null ? <span>–</span> : <span title={format.time(at)}>{format.ago(at)}</span>,
    width: 108,
  };
}
