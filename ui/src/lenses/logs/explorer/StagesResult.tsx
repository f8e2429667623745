/** The answer of a search with pipe stages: a table or a chart. */
import { Alert, Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { ChartControls } from "@/lenses/query/ChartControls";
import { type ChartSetting, completeChart } from "@/lenses/query/chart-choice";
import { ResultChart } from "@/lenses/query/ResultChart";
import { ResultTable } from "@/lenses/query/ResultTable";
import type { Result } from "@/lenses/query/run-query";
import "@/lenses/query/query.css";
import type { Asked } from "../logs-api";
import type { ExplorerSearch } from "../routes";
import { runSearch } from "./search-api";

interface StagesResultProps {
  asked: Asked;
  onError: (error: unknown) => void;
}

export function StagesResult({ asked, onError }: StagesResultProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const query = useQuery({
    queryKey: ["logs", "stages", asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => runSearch(asked, signal),
  });
  const { data, error } = query;
  useEffect(() => onError(error), [error, onError]);
  if (error !== null) {
    return searchErrorIn(error) === undefined ? (
      <ErrorBox error={error} onRetry={() => void query.refetch()} />
    ) : null;
  }
  if (data === undefined) {
    return <Loading rows={6} />;
  }
  return data.rows.length === 0 ? (
    <EmptyState title={t("no_match.title")} text={t("no_match.text")} />
  ) : (
    <Stack gap="sm">
      {data.truncated ? (
        <Alert variant="light" color="yellow" p="xs">
          {t("stages.truncated", { number: format.count(data.rows.length) })}
        </Alert>
      ) : null}
      <Drawn result={data} />
    </Stack>
  );
}

function Drawn({ result }: { result: Result }) {
  const { chart, x, y, series } = useSearch({ strict: false }) as ExplorerSearch;
  const change = useSearchChange();
  const setting = useMemo(() => {
    const wanted: Partial<ChartSetting> = chart === undefined ? {} : { kind: chart, x, y, series };
    return completeChart(wanted, result.columns, result.rows);
  }, [chart, x, y, series, result]);
  const onChange = (next: ChartSetting) =>
    change({ chart: next.kind, x: next.x, y: next.y, series: next.series }, true);
  return (
    <>
      <ChartControls columns={result.columns} setting={setting} onChange={onChange} />
      {setting.kind === "table" ? (
        <ResultTable result={result} />
      ) : (
        <ResultChart result={result} setting={setting} />
      )}
    </>
  );
}
