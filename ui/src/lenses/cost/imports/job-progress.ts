/** How far an import is. */
import type { ImportJob } from "../cost-types";

type Counted = Pick<ImportJob, "files_done" | "files_total" | "bytes_done" | "bytes_total">;

/** From 0 to 1 by bytes, or by files while no byte is counted; undefined when nothing is known. */
export function jobShare(job: Counted): number | undefined {
  const { bytes_done, bytes_total, files_done, files_total } = job;
  if (bytes_total > 0) {
    return Math.min(1, bytes_done / bytes_total);
  }
  return files_total > 0 ? Math.min(1, files_done / files_total) : undefined;
}

/** Below this share a forecast would jump about. */
const SHARE_MIN = 0.02;

export function leftMs(job: Counted & { started_ms: number }, nowMs: number) {
  const share = jobShare(job);
  if (share === undefined || share < SHARE_MIN) {
    return undefined;
  }
  const sofarMs = Math.max(0, nowMs - job.started_ms);
  return (sofarMs / share) * (1 - share);
}
