/** The columns of the list of issues. */
import type { Column } from "@/common/DataTable";
import type { Formats } from "@/design/use-format";
import { changePercent } from "../change";
import type { ErrorIssue } from "../errors-api";
import { CountChange, NewBadge, StateBadge, Trend } from "../Marks";

export type Texts = (key: string, values?: Record<string, unknown>) => string;

export function issueColumns(t: Texts, format: Formats): Column<ErrorIssue>[] {
  return [...nameColumns(t), ...countColumns(t, format), ...seenColumns(t, format)];
}

function nameColumns(t: Texts): Column<ErrorIssue>[] {
  return [
    {
      key: "error_type",
      header: t("column.error_type"),
      value: (row) => row.error_type,
      cell: (row) => (
        <span title={row.error_type}>
          {row.is_new ? (
            <>
              <NewBadge />{" "}
            </>
          ) : null}
          <strong>{row.error_type || "–"}</strong>
        </span>
      ),
      width: 170,
      grow: 2,
    },
    {
      key: "message",
      header: t("column.message"),
      value: (row) => row.message,
      cell: (row) => <span title={row.message}>{row.message || "–"}</span>,
      width: 180,
      grow: 3,
    },
    {
      key: "service",
      header: t("column.service"),
      value: (row) => row.service,
      cell: (row) => <span title={row.service}>{row.service || t("no_service")}</span>,
      width: 100,
      grow: 1,
    },
    {
      key: "state",
      header: t("column.state"),
      value: (row) => t(`state.${row.state}`),
      cell: (row) => <StateBadge state={row.state} />,
      width: 84,
    },
  ];
}

function countColumns(t: Texts, format: Formats): Column<ErrorIssue>[] {
  return [
    {
      key: "count",
      header: t("column.count"),
      value: (row) => row.count,
      cell: (row) => format.count(row.count),
      align: "right",
      width: 80,
    },
    {
      key: "change",
      header: t("column.change"),
      hint: t("hint.change"),
      value: (row) => changePercent(row.count, row.previous_count),
      cell: (row) => <CountChange count={row.count} previous={row.previous_count} />,
      align: "right",
      width: 88,
    },
    {
      key: "traces",
      header: t("column.traces"),
      hint: t("hint.traces"),
      value: (row) => row.traces,
      cell: (row) => format.count(row.traces),
      align: "right",
      width: 96,
    },
    {
      key: "trend",
      header: t("column.trend"),
      value: (row) => row.series.join(" "),
      cell: (row) => <Trend issue={row} />,
      sortable: false,
      width: 140,
    },
  ];
}

function seenColumns(t: Texts, format: Formats): Column<ErrorIssue>[] {
  const seen = (key: "last_seen_ms" | "first_seen_ms"): Column<ErrorIssue> => ({
    key: key.replace("_ms", ""),
    header: t(`column.${key}`),
    value: (row) => row[key],
    cell: (row) => <span title={format.time(row[key])}>{format.ago(row[key])}</span>,
    width: 96,
  });
  return [
    seen("last_seen_ms"),
    seen("first_seen_ms"),
    {
      key: "versions",
      header: t("column.versions"),
      value: (row) => row.versions.join(" "),
      cell: (row) => <span title={row.versions.join("\n")}>{row.versions.join(", ") || "–"}</span>,
      width: 90,
      grow: 1,
    },
  ];
}
