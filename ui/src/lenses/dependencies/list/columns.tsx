/** The columns of the list of dependencies. */
import { Link } from "@tanstack/react-router";
import type { Column } from "@/common/DataTable";
import type { Formats } from "@/design/use-format";
import type { Dependency } from "../dependencies-api";
import type { Texts } from "../evidence/headline";
import { limitText } from "../evidence/seconds";

/** Red is for what needs a look; single errors among many calls do not. */
const ERRORS_MARKED_PERCENT = 1;

export function dependencyColumns(
  t: Texts,
  format: Formats,
  thresholdMs: number,
): Column<Dependency>[] {
  const limit = limitText(thresholdMs, format.settings.language);
  const duration = (key: "p50_ms" | "p95_ms" | "p99_ms" | "max_ms"): Column<Dependency> => ({
    key,
    header: t(`column.${key}`),
    value: (row) => row.figures[key],
    cell: (row) => format.durationMs(row.figures[key]),
    align: "right",
    width: 76,
  });
  const count = (
    key: string,
    width: number,
    value: (row: Dependency) => number,
  ): Column<Dependency> => ({
    key,
    header: t(`column.${key}`, { limit }),
    value,
    cell: (row) => format.count(value(row)),
    align: "right",
    width,
  });
  const kindText = ({ kind, system }: Dependency) => {
    const name = t(`kind.${kind}`, { defaultValue: kind });
    return system === null ? name : `${name} · ${system}`;
  };
  return [
    nameColumn(t, thresholdMs),
    {
      key: "kind",
      header: t("column.kind"),
      value: kindText,
      cell: (row) => <span title={kindText(row)}>{kindText(row)}</span>,
      width: 140,
    },
    count("calls", 84, (row) => row.figures.requests),
    errorColumn(t, format),
    count("timeouts", 88, (row) => row.timeouts),
    duration("p50_ms"),
    duration("p95_ms"),
    duration("p99_ms"),
    duration("max_ms"),
    { ...count("over", 128, (row) => row.over_threshold), hint: t("hint.over", { limit }) },
    {
      ...count("over_succeeded", 116, (row) => row.over_threshold_succeeded),
      hint: t("hint.over_succeeded"),
    },
    {
      key: "callers",
      header: t("column.callers"),
      value: (row) => row.callers.join(" "),
      cell: (row) => <span title={row.callers.join("\n")}>{row.callers.join(", ") || "–"}</span>,
      width: 120,
      grow: 1,
    },
  ];
}

function nameColumn(t: Texts, thresholdMs: number): Column<Dependency> {
  return {
    key: "name",
    header: t("column.name"),
    value: (row) => row.name,
    cell: (row) => (
      <Link
        to="/dependencies/evidence"
        search={{ name: row.name, kind: row.kind, threshold: thresholdMs } as never}
        className="dependency-link"
        title={row.name}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
      >
        {row.name}
      </Link>
    ),
    width: 170,
    grow: 2,
  };
}

function errorColumn(t: Texts, format: Formats): Column<Dependency> {
  return {
    key: "error_percent",
    header: t("column.errors"),
    value: (row) => row.figures.error_percent,
    cell: ({ figures }) => (
      <span
        className={figures.error_percent >= ERRORS_MARKED_PERCENT ? "dependency-bad" : undefined}
      >
        {format.percent(figures.error_percent)}
      </span>
    ),
    align: "right",
    width: 76,
  };
}
