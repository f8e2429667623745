/** How the status of a record is named and coloured. */
import { useTranslation } from "react-i18next";

/** From the worst; `none` has no severity. */
export const STATUSES = ["fatal", "error", "warn", "info", "debug", "trace", "none"] as const;
export type Status = (typeof STATUSES)[number];

export const STATUS_COLORS: Record<Status, string> = {
  fatal: "#8d2b8f",
  error: "#d03a3a",
  warn: "#d9912b",
  info: "#2a8aa0",
  debug: "#7f8fa6",
  trace: "#b0b8c1",
  none: "#c9ced4",
};

export function knownStatus(status: string | null): Status {
  return STATUSES.find((it) => it === status) ?? "none";
}

export function StatusMark({ status }: { status: string | null }) {
  const { t } = useTranslation("logs");
  const known = knownStatus(status);
  return (
    <span className="status-mark" data-status={known}>
      <i style={{ background: STATUS_COLORS[known] }} aria-hidden="true" />
      <span>{t(`status.${known}`)}</span>
    </span>
  );
}
