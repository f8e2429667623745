/** The columns of the endpoints of a service. */
import type { Column } from "@/common/DataTable";
import { moneyNumber } from "@/common/money";
import type { Formats } from "@/design/use-format";
import type { EndpointCost } from "@/lenses/cost/marks/marks-api";
import type { MoneyFormats } from "@/lenses/cost/marks/use-money";
import { Change } from "../Change";
import { changePercent, changePoints } from "../change";
import { figureColumn, type Texts } from "../figure-columns";
import type { EndpointRow } from "../services-api";

type Row = EndpointRow;

/** What endpoints cost, where a bill and the usage of containers tell. */
export interface KnownCosts {
  of: ReadonlyMap<string, EndpointCost>;
  money: MoneyFormats;
}

export function endpointColumns(t: Texts, format: Formats, costs?: KnownCosts): Column<Row>[] {
  const figure = (key: Parameters<typeof figureColumn>[0]) =>
    figureColumn<Row>(key, (row) => row.figures, t, format);
  return [
    {
      key: "endpoint",
      header: t("column.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <span title={row.endpoint}>{row.endpoint}</span>,
      width: 200,
      grow: 2,
    },
    ...totalColumns(t, format),
    { ...figure("requests"), width: 88 },
    changeColumn("requests_change", t, (row) => ({
      now: row.figures.requests,
      before: row.previous?.requests,
    })),
    { ...figure("error_percent"), width: 80 },
    errorsChange(t),
    figure("p50_ms"),
    figure("p95_ms"),
    figure("p99_ms"),
    {
      ...changeColumn("p99_change", t, (row) => ({
        now: row.figures.p99_ms,
        before: row.previous?.p99_ms,
        isMoreWorse: true,
      })),
      width: 92,
    },
    {
      key: "kind",
      header: t("column.kind"),
      value: (row) => row.kind,
      width: 96,
    },
    // The last, so that nothing moves when they come.
    ...(costs === undefined ? [] : costColumns(t, costs)),
  ];
}

/** Where the time of the service goes. */
function totalColumns(t: Texts, format: Formats): Column<Row>[] {
  return [
    {
      key: "total_ms",
      header: t("column.total_ms"),
      hint: t("column.total_hint"),
      value: (row) => row.figures.total_ms,
      cell: (row) => format.durationMs(row.figures.total_ms),
      align: "right",
      width: 122,
    },
    {
      key: "share_percent",
      header: t("column.share_percent"),
      value: (row) => row.share_percent,
      cell: (row) => (
        <span className="service-share">
          <span className="service-share-track" aria-hidden="true">
            <span style={{ width: `${Math.min(100, Math.max(0, row.share_percent))}%` }} />
          </span>
          <span>{format.percent(row.share_percent)}</span>
        </span>
      ),
      width: 108,
    },
  ];
}

function costColumns(t: Texts, { of, money }: KnownCosts): Column<Row>[] {
  const column = (key: "direct" | "per_request", header: string): Column<Row> => ({
    key: `cost_${key}`,
    header,
    hint: t("cost.column_hint"),
    value: (row) => {
      const amount = of.get(row.endpoint)?.[key];
      return amount == null ? null : moneyNumber(amount);
    },
    cell: (row) => money.text(of.get(row.endpoint)?.[key]),
    align: "right",
    width: 104,
  });
  return [
    column("direct", t("cost.column")),
    { ...column("per_request", t("cost.column_request")), hint: t("cost.per_request_hint") },
  ];
}

interface Compared {
  now: number | null | undefined;
  before: number | null | undefined;
  isMoreWorse?: boolean;
}

function changeColumn(key: string, t: Texts, of: (row: Row) => Compared): Column<Row> {
  return {
    key,
    header: t(`column.${key}`),
    value: (row) => changePercent(of(row).now, of(row).before),
    cell: (row) => <Change {...of(row)} />,
    align: "right",
    width: 96,
  };
}

function errorsChange(t: Texts): Column<Row> {
  return {
    key: "errors_change",
    header: t("column.errors_change"),
    value: (row) => changePoints(row.figures.error_percent, row.previous?.error_percent),
    cell: (row) => (
      <Change
        now={row.figures.error_percent}
        before={row.previous?.error_percent}
        kind="points"
        isMoreWorse
      />
    ),
    align: "right",
    width: 96,
  };
}
