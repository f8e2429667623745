/** The columns of the list of services. */
import type { Column } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import type { Formats } from "@/design/use-format";
import type { KnownServiceCosts } from "@/lenses/cost/marks/use-service-costs";
import { Change } from "../Change";
import { changePercent, changePoints } from "../change";
import { figureColumn, type Texts } from "../figure-columns";
import { ServiceLink } from "../ServiceLink";
import { Sparkline } from "../Sparkline";
import type { ServiceRow } from "../services-api";

type Row = ServiceRow;
const CHANGE_WIDTH = 104;

export function serviceColumns(
  t: Texts,
  format: Formats,
  costs?: KnownServiceCosts,
): Column<Row>[] {
  const figure = (key: Parameters<typeof figureColumn>[0]) =>
    figureColumn<Row>(key, figuresOf, t, format);
  return [
    {
      key: "service",
      header: t("column.service"),
      value: (row) => row.service,
      cell: (row) => <ServiceLink service={row.service} isInRow />,
      width: 150,
      grow: 2,
    },
    { ...figure("requests"), hint: t("requests_hint"), width: 124 },
    requestsChange(t),
    figure("rate_per_second"),
    figure("error_percent"),
    errorsChange(t),
    figure("p50_ms"),
    figure("p95_ms"),
    latencyChange(t),
    figure("p99_ms"),
    trendColumn(t, format),
    {
      key: "versions",
      header: t("column.versions"),
      value: (row) => row.versions.join(" "),
      cell: (row) => <span title={row.versions.join("\n")}>{row.versions.join(", ") || "–"}</span>,
      width: 110,
      grow: 1,
    },
    {
      key: "last_seen_ms",
      header: t("column.last_seen"),
      value: (row) => row.last_seen_ms,
      cell: (row) => (
        <span title={format.time(row.last_seen_ms)}>{format.ago(row.last_seen_ms)}</span>
      ),
      width: 116,
    },
    // The last, so that nothing moves when it comes.
    ...(costs === undefined ? [] : [costColumn(t, costs)]),
  ];
}

function costColumn(t: Texts, { of, money }: KnownServiceCosts): Column<Row> {
  return {
    key: "cost",
    header: t("cost.column"),
    hint: t("cost.column_hint"),
    value: (row) => {
      const cost = of.get(row.service);
      return cost === undefined ? null : moneyNumber(cost.direct);
    },
    cell: (row) => money.text(of.get(row.service)?.direct),
    align: "right",
    width: 110,
  };
}

function figuresOf(row: Row) {
  return {
    requests: row.requests,
    rate_per_second: row.rate_per_second,
    error_percent: row.error_percent,
    p50_ms: row.p50_ms ?? null,
    p95_ms: row.p95_ms ?? null,
    p99_ms: row.p99_ms ?? null,
  };
}

function requestsChange(t: Texts): Column<Row> {
  return {
    key: "requests_change",
    header: t("column.requests_change"),
    hint: t("change.hint"),
    value: (row) => changePercent(row.requests, row.previous?.requests),
    cell: (row) => <Change now={row.requests} before={row.previous?.requests} />,
    align: "right",
    width: CHANGE_WIDTH + 20,
  };
}

function errorsChange(t: Texts): Column<Row> {
  return {
    key: "errors_change",
    header: t("column.errors_change"),
    value: (row) => changePoints(row.error_percent, row.previous?.error_percent),
    cell: (row) => (
      <Change
        now={row.error_percent}
        before={row.previous?.error_percent}
        kind="points"
        isMoreWorse
      />
    ),
    align: "right",
    width: CHANGE_WIDTH,
  };
}

function latencyChange(t: Texts): Column<Row> {
  return {
    key: "p95_change",
    header: t("column.p95_change"),
    value: (row) => changePercent(row.p95_ms, row.previous?.p95_ms),
    cell: (row) => <Change now={row.p95_ms} before={row.previous?.p95_ms} isMoreWorse />,
    align: "right",
    width: CHANGE_WIDTH,
  };
}

function trendColumn(t: Texts, format: Formats): Column<Row> {
  return {
    key: "trend",
    header: t("column.trend"),
    value: (row) => row.requests_series.join(" "),
    cell: (row) => (
      <Sparkline
        requests={row.requests_series}
        errors={row.errors_series}
        label={t("trend_label", {
          requests: format.count(row.requests),
          errors: format.count(row.errors),
        })}
      />
    ),
    width: 164,
    sortable: false,
  };
}
