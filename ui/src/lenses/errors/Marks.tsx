/** Small marks of an issue: its state, whether it is new, how its count changed, and its trend. */
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { paperBars } from "@/common/paper/paper-chart-bars";
import { ERROR_COLOR } from "@/design/theme";
import { useFormat } from "@/design/use-format";
import { changePercent, direction, percentText } from "./change";
import type { ErrorIssue, IssueState } from "./errors-api";

const STATE_COLORS = {
  open: "blue",
  regressed: "red",
  resolved: "green",
  ignored: "gray",
} as const;
const TREND_WIDTH = 120;
const TREND_HEIGHT = 22;

export function StateBadge({ state }: { state: IssueState }) {
  const { t } = useTranslation("errors");
  return (
    <Badge variant="light" color={STATE_COLORS[state]} size="sm">
      {t(`state.${state}`)}
    </Badge>
  );
}

export function NewBadge() {
  const { t } = useTranslation("errors");
  return (
    <Badge variant="light" color="orange" size="sm">
      {t("new")}
    </Badge>
  );
}

export function CountChange({ count, previous }: { count: number; previous: number }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const percent = changePercent(count, previous);
  const title = t("change_title", { before: format.count(previous) });
  return (
    <span className="error-change num" data-direction={direction(percent)} title={title}>
      {percentText(percent, format)}
    </span>
  );
}

/** Occurrences over the time range as bars. */
export function Trend({ issue }: { issue: Pick<ErrorIssue, "series" | "count"> }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const largest = issue.series.reduce((a, b) => Math.max(a, b), 0);
  return (
    <svg
      className="error-trend"
      viewBox={`0 0 ${TREND_WIDTH} ${TREND_HEIGHT}`}
      width={TREND_WIDTH}
      height={TREND_HEIGHT}
      role="img"
      aria-label={t("trend_label", { count: issue.count, formatted: format.count(issue.count) })}
    >
      <g fill={ERROR_COLOR}>
        {paperBars(issue.series, largest, TREND_WIDTH, TREND_HEIGHT).map((bar) => (
          <rect key={bar.x} {...bar} />
        ))}
      </g>
    </svg>
  );
}
