/** The state of a run and its result. */
import { Alert, Group, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { useFormat } from "@/design/use-format";
import { ChartControls } from "./ChartControls";
import { type ChartSetting, completeChart } from "./chart-choice";
import { errorOffset, lineAndColumn } from "./placeholders";
import { ResultChart } from "./ResultChart";
import { ResultTable } from "./ResultTable";
import { type Result, type Run, useElapsed } from "./run-query";

interface ResultPanelProps {
  run: Run;
  chart: Partial<ChartSetting>;
  onChart: (setting: ChartSetting) => void;
  onRetry: () => void;
}

/** Where the error of a run is in the SQL as it was written. */
export function errorPlace(run: Run): { offset: number; message: string } | undefined {
  if (run.status !== "failed" || !(run.error instanceof ApiError) || run.sent === null) {
    return undefined;
  }
  const offset = errorOffset(run.error.message, run.sent.text);
  return offset === undefined
    ? undefined
    : { offset: run.sent.toWritten(offset), message: run.error.message };
}

export function ResultPanel({ run, chart, onChart, onRetry }: ResultPanelProps) {
  const { t } = useTranslation("query");
  return (
    <Stack gap="sm">
      <RunState run={run} />
      {run.status === "failed" ? <RunError run={run} onRetry={onRetry} /> : null}
      {run.status === "running" && run.result === null ? <Loading rows={6} /> : null}
      {run.result === null || run.status === "failed" ? null : run.result.rows.length === 0 ? (
        <EmptyState title={t("result.empty_title")} text={t("result.empty_text")} />
      ) : (
        <div className="result" data-stale={run.status === "running"}>
          <ShownResult result={run.result} chart={chart} onChart={onChart} />
        </div>
      )}
    </Stack>
  );
}

function ShownResult({
  result,
  chart,
  onChart,
}: Pick<ResultPanelProps, "chart" | "onChart"> & { result: Result }) {
  const setting = useMemo(() => completeChart(chart, result.columns, result.rows), [chart, result]);
  return (
    <Stack gap="sm">
      <ChartControls columns={result.columns} setting={setting} onChange={onChart} />
      {setting.kind === "table" ? (
        <ResultTable result={result} />
      ) : (
        <ResultChart result={result} setting={setting} />
      )}
    </Stack>
  );
}

function RunState({ run }: { run: Run }) {
  const { t } = useTranslation("query");
  const format = useFormat();
  const elapsedMs = useElapsed(run);
  const { result } = run;
  const text = {
    idle: "",
    failed: "",
    running: t("run.running", { time: format.durationMs(Math.round(elapsedMs / 100) * 100) }),
    cancelled: t("run.cancelled"),
    done:
      result === null
        ? ""
        : t("run.done", {
            rows: format.count(result.rows.length),
            time: format.durationMs(result.elapsed_ms),
          }),
  }[run.status];
  return (
    <Group gap="sm" mih={20}>
      <Text size="sm" c="dimmed" className="num" role="status" aria-live="polite">
        {text}
      </Text>
      {run.status === "done" && result?.truncated === true ? (
        <Alert variant="light" color="yellow" px="xs" py={2}>
          {t("run.truncated", { rows: format.count(result.rows.length) })}
        </Alert>
      ) : null}
    </Group>
  );
}

function RunError({ run, onRetry }: { run: Run; onRetry: () => void }) {
  const { t } = useTranslation("query");
  const { error } = run;
  if (!(error instanceof ApiError) || error.status !== 400) {
    return <ErrorBox error={error} onRetry={onRetry} />;
  }
  const place = errorPlace(run);
  return (
    <Alert color="red" variant="light" role="alert" title={t("run.invalid")}>
      {place === undefined ? null : (
        <Text size="sm">{t("run.place", lineAndColumn(run.written, place.offset))}</Text>
      )}
      <Text size="sm" ff="monospace" className="error-message">
        {error.message}
      </Text>
    </Alert>
  );
}
