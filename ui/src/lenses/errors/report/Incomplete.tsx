/** Says that errors are missing from the weeks, because nothing was stored then; on paper too. */
import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatTime } from "@/design/format";
import { useFormat } from "@/design/use-format";
import type { ErrorReport } from "../errors-api";

/** Times are those of the report, whose weeks may begin in another time zone than the reader's. */
export function Incomplete({ report, timeZone }: { report: ErrorReport; timeZone: string }) {
  const { t } = useTranslation("errors");
  const { settings } = useFormat();
  const moment = report.incomplete_before_ms;
  if (moment === null) {
    return null;
  }
  const time = formatTime(moment, { ...settings, timeZone }, "minute");
  return (
    <Alert variant="light" color="yellow" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />}>
      {t(`report.${missing(report, moment)}`, { time })}
    </Alert>
  );
}

function missing({ weeks }: ErrorReport, moment: number) {
  if (moment >= weeks.last.to_ms) {
    return "nothing_stored";
  }
  return moment >= weeks.last.from_ms ? "both_incomplete" : "earlier_incomplete";
}
