/** Both sides of each endpoint, the guilty ones first. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import type { Texts } from "../../services/figure-columns";
import { errorPercent } from "../../services/figure-texts";
import type { Figures } from "../../services/services-api";
import type { EndpointComparison, TestResult, Verdict } from "../deploys-api";
import { pointsText, pValueText, ratioText } from "./reasons";
import { VerdictBadge } from "./VerdictBadge";

type Row = EndpointComparison;
type Side = "base" | "other";

const route = getRouteApi("/shell/deploys/compare");
/** What needs a look comes first. */
const ORDER: readonly Verdict[] = ["worse", "new", "gone", "better", "same", "too_few"];

interface EndpointTableProps {
  service: string;
  endpoints: readonly Row[];
  guilty: readonly string[];
}

export function rankedEndpoints(endpoints: readonly Row[], guilty: readonly string[]): Row[] {
  const rank = (row: Row) => {
    const at = row.verdict === "worse" ? guilty.indexOf(row.endpoint) : -1;
    return at >= 0 ? at : guilty.length + ORDER.indexOf(row.verdict);
  };
  return [...endpoints].sort((a, b) => rank(a) - rank(b));
}

export function EndpointTable({ service, endpoints, guilty }: EndpointTableProps) {
  const { t } = useTranslation("deploys");
  const { t: figures } = useTranslation("services");
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const change = useSearchChange();
  const rows = useMemo(() => rankedEndpoints(endpoints, guilty), [endpoints, guilty]);
  const columns = useMemo(
    () => endpointColumns(t as Texts, figures as Texts, format),
    [t, figures, format],
  );
  return (
    <DataTable
      label={t("endpoints.title")}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.kind ?? ""} ${row.endpoint}`}
      onOpen={({ endpoint }) =>
        void navigate({
          to: "/services/$service",
          params: { service },
          search: { endpoint } as never,
        })
      }
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName={`${service}-comparison`}
      height={520}
    />
  );
}

function endpointColumns(t: Texts, figures: Texts, format: Formats): Column<Row>[] {
  const both = (key: keyof Figures, show: (value: number | null | undefined) => string) =>
    (["base", "other"] as const).map((side) => sideColumn(side, key, show, t, figures));
  return [
    {
      key: "endpoint",
      header: figures("column.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <span title={row.endpoint}>{row.endpoint}</span>,
      width: 220,
      grow: 2,
    },
    {
      key: "verdict",
      header: t("endpoints.verdict"),
      value: (row) => t(`verdict.${row.verdict}`),
      cell: (row) => <VerdictBadge verdict={row.verdict} />,
      width: 150,
    },
    ...testColumns("latency", t, format, ratioText),
    ...testColumns("tail", t, format, ratioText),
    ...testColumns("errors", t, format, pointsText),
    ...both("requests", format.count),
    ...both("p50_ms", format.durationMs),
    ...both("p95_ms", format.durationMs),
    ...both("p99_ms", format.durationMs),
    ...both("error_percent", (value) => errorPercent(value, format)),
  ];
}

function sideColumn(
  side: Side,
  key: keyof Figures,
  show: (value: number | null | undefined) => string,
  t: Texts,
  figures: Texts,
): Column<Row> {
  return {
    key: `${side}_${key}`,
    header: t(`endpoints.of_${side}`, { figure: figures(`column.${key}`) }),
    value: (row) => row[side]?.[key],
    cell: (row) => show(row[side]?.[key]),
    align: "right",
    width: 112,
  };
}

type Test = "latency" | "tail" | "errors";

/** The effect with its interval as shown, and as numbers of their own in CSV. */
function testColumns(
  test: Test,
  t: Texts,
  format: Formats,
  show: (result: TestResult, format: Formats) => string,
): Column<Row>[] {
  return [
    {
      key: test,
      header: t(`endpoints.${test}`),
      hint: t(`endpoints.${test}_hint`),
      value: (row) => row[test]?.effect,
      cell: (row) => {
        const result = row[test];
        return result === null || result === undefined ? (
          "–"
        ) : (
          <span title={testTitle(result, t, format)} data-decides={isDecisive(result)}>
            {show(result, format)}
          </span>
        );
      },
      align: "right",
      width: 216,
    },
    {
      key: `${test}_p`,
      header: t(`endpoints.${test}_p`),
      value: (row) => row[test]?.adjusted_p_value,
      cell: (row) => pValueText(row[test]?.adjusted_p_value ?? null, format),
      align: "right",
      width: 100,
    },
  ];
}

function isDecisive(result: TestResult): boolean {
  return result.significant && result.relevant;
}

function testTitle(result: TestResult, t: Texts, format: Formats): string {
  return t("endpoints.test", {
    method: t(`method.${result.method}`),
    p: pValueText(result.p_value, format),
    adjusted: pValueText(result.adjusted_p_value, format),
  });
}
