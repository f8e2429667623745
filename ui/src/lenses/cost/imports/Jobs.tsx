/** Imports: those that run with their progress, and how the last ones ended. */
import { Badge, Button, Progress, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { WithCode } from "@/common/WithCode";
import { useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { cancelImport, importsQuery, isActive, jobsChanged } from "../cost-api";
import type { ImportJob } from "../cost-types";
import { CostCard } from "../marks/CostCard";
import { jobShare, leftMs } from "./job-progress";

const ENDED_SHOWN = 8;
const STATE_COLORS: Record<ImportJob["state"], string> = {
  queued: "gray",
  running: "blue",
  done: "green",
  unchanged: "gray",
  failed: "red",
  cancelled: "orange",
};

export function Jobs() {
  const { t } = useTranslation("cost");
  const { data: jobs = [] } = useQuery(importsQuery);
  const active = jobs.filter(isActive);
  const ended = jobs
    .filter((it) => !isActive(it))
    .sort((a, b) => (b.ended_ms ?? 0) - (a.ended_ms ?? 0))
    .slice(0, ENDED_SHOWN);
  if (jobs.length === 0) {
    return null;
  }
  return (
    <CostCard title={t("imports.jobs")}>
      <ul className="cost-list">
        {active.map((job) => (
          <ActiveJob key={job.id} job={job} />
        ))}
        {ended.map((job) => (
          <EndedJob key={job.id} job={job} />
        ))}
      </ul>
    </CostCard>
  );
}

function JobHead({ job }: { job: ImportJob }) {
  const { t } = useTranslation("cost");
  return (
    <div className="cost-line">
      <Badge variant="light" size="sm" color={STATE_COLORS[job.state] ?? "gray"}>
        {t(`imports.state.${job.state}`)}
      </Badge>
      <strong className="wrap-anywhere">{job.source}</strong>
      <span className="cost-soft wrap-anywhere">{job.location}</span>
    </div>
  );
}

function ActiveJob({ job }: { job: ImportJob }) {
  const { t } = useTranslation("cost");
  const mayEdit = useMay("editor");
  const notice = useNotice();
  const share = jobShare(job);
  const cancel = useMutation({
    mutationFn: () => cancelImport(job.id),
    onSettled: jobsChanged,
    onError: notice.failed,
  });
  return (
    <li>
      <JobHead job={job} />
      <Progress
        mt={6}
        mb={4}
        value={(share ?? 1) * 100}
        animated={share === undefined}
        aria-label={t("imports.progress", { source: job.source })}
      />
      <div className="cost-card-head">
        <JobNumbers job={job} />
        {mayEdit ? (
          <Button
            variant="default"
            size="compact-xs"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {t("imports.cancel")}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

function JobNumbers({ job }: { job: ImportJob }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const left = leftMs(job, Date.now());
  const parts = [
    t(`imports.phase.${job.phase}`),
    t("imports.files", {
      done: format.count(job.files_done),
      total: format.count(job.files_total),
    }),
    t("imports.bytes", {
      done: format.bytes(job.bytes_done),
      total: format.bytes(job.bytes_total),
    }),
    t("imports.lines", { number: format.count(job.rows) }),
    ...(left === undefined ? [] : [t("imports.left", { time: format.durationMs(left) })]),
  ];
  return <span className="cost-soft num">{(job.state === "queued" ? [] : parts).join(" · ")}</span>;
}

function EndedJob({ job }: { job: ImportJob }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const { problem, ended_ms, rows } = job;
  return (
    <li>
      <JobHead job={job} />
      <div className="cost-soft num" title={format.time(ended_ms)}>
        {rows === 0
          ? format.ago(ended_ms)
          : t("imports.ended", { ago: format.ago(ended_ms), number: format.count(rows) })}
      </div>
      {problem === null ? null : (
        <div role="note">
          <Text size="sm" c="red" className="wrap-anywhere">
            <WithCode text={problem.message} />
          </Text>
          <Place {...problem} />
          <Text size="sm">{t("imports.kept")}</Text>
        </div>
      )}
    </li>
  );
}

/** In which file, row and column. */
function Place({ file, row, column }: NonNullable<ImportJob["problem"]>) {
  const { t } = useTranslation("cost");
  const parts = [
    ...(file === null ? [] : [t("imports.in_file", { file })]),
    ...(row === null ? [] : [t("imports.in_row", { row })]),
    ...(column === null ? [] : [t("imports.in_column", { column })]),
  ];
  return parts.length === 0 ? null : (
    <Text size="sm" ff="monospace" className="wrap-anywhere">
      {parts.join(" · ")}
    </Text>
  );
}
