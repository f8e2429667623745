/** Errors by service and class of two weeks: a plain table, so that paper shows the same as the screen. */
import { Alert, Badge } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fragment, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Sort } from "@/common/data-table-model";
import { useFormat } from "@/design/use-format";
import { differenceText, direction, percentText } from "../change";
import type { ErrorReport, ReportRow, ReportTotal } from "../errors-api";
import { ROWS_SHOWN_MAX, reportGroups, reportTotal, SORTS, type SortKey } from "./report-model";

interface ReportTableProps {
  report: ErrorReport;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

export function ReportTable({ report, sort, onSort }: ReportTableProps) {
  const { t } = useTranslation("errors");
  const groups = useMemo(() => reportGroups(report, sort), [report, sort]);
  const total = useMemo(() => reportTotal(report.totals), [report.totals]);
  const format = useFormat();
  return (
    <>
      {report.truncated || report.rows.length > ROWS_SHOWN_MAX ? (
        <Alert variant="light" p="xs">
          {t("report.truncated", {
            number: format.count(Math.min(report.rows.length, ROWS_SHOWN_MAX)),
          })}
        </Alert>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="error-report" tabIndex={0} role="region" aria-label={t("report.title")}>
        <table className="paper-table">
          <thead>
            <tr>
              {SORTS.map((key) => (
                <HeadCell key={key} name={key} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <Fragment key={group.total.service}>
                <tr className="error-report-service">
                  <th scope="rowgroup" className="wrap-anywhere">
                    {group.total.service || t("no_service")}
                  </th>
                  <Counts row={group.total} />
                </tr>
                {group.rows.map((row) => (
                  <tr key={row.error_type}>
                    <td className="error-report-class wrap-anywhere">
                      <ClassName row={row} />
                    </td>
                    <Counts row={row} />
                  </tr>
                ))}
              </Fragment>
            ))}
          </tbody>
          <tfoot>
            <tr className="error-report-service">
              <th scope="row">{t("report.total")}</th>
              <Counts row={total} />
            </tr>
          </tfoot>
        </table>
      </div>
    </>
  );
}

function HeadCell(props: { name: SortKey; sort: Sort; onSort: (sort: Sort) => void }) {
  const { name, sort, onSort } = props;
  const { t } = useTranslation("errors");
  const isSorted = sort.key === name;
  const descending = isSorted ? !sort.descending : name !== "name";
  const Arrow = sort.descending ? IconArrowDown : IconArrowUp;
  return (
    <th
      scope="col"
      data-align={name === "name" ? undefined : "right"}
      aria-sort={isSorted ? (sort.descending ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className="error-report-sort"
        onClick={() => onSort({ key: name, descending })}
      >
        {t(`report.column.${name}`)}
        {isSorted ? <Arrow size={13} aria-hidden className="screen-only" /> : null}
      </button>
    </th>
  );
}

function ClassName({ row }: { row: ReportRow }) {
  const { t } = useTranslation("errors");
  return (
    <>
      <Link
        to="/errors"
        search={{ service: row.service, q: row.error_type, state: "all" } as never}
      >
        {row.error_type || "–"}
      </Link>{" "}
      {row.is_new ? (
        <Badge variant="light" color="orange" size="sm">
          {t("report.new")}
        </Badge>
      ) : null}
      {row.is_gone ? (
        <Badge variant="light" color="green" size="sm">
          {t("report.gone")}
        </Badge>
      ) : null}
    </>
  );
}

function Counts({ row }: { row: Omit<ReportTotal, "service"> }) {
  const format = useFormat();
  return (
    <>
      <td data-align="right">{format.count(row.before_last)}</td>
      <td data-align="right">{format.count(row.last)}</td>
      <td data-align="right">{differenceText(row.change, format)}</td>
      <td data-align="right">
        <span className="error-change" data-direction={direction(row.change_percent)}>
          {percentText(row.change_percent, format)}
        </span>
      </td>
    </>
  );
}
