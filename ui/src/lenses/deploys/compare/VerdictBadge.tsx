/** A verdict as a word with a sign, so that its colour is not needed. */
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ErrorClassComparison, Verdict } from "../deploys-api";

const SIGNS = { worse: "✕", better: "✓", same: "=", too_few: "?", new: "+", gone: "−" } as const;
const COLORS = {
  worse: "red",
  better: "green",
  same: "gray",
  too_few: "yellow",
  new: "blue",
  gone: "gray",
} as const;

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation("deploys");
  return (
    <Badge variant="light" color={COLORS[verdict]} radius="sm" className="compare-badge">
      {`${SIGNS[verdict]} ${t(`verdict.${verdict}`)}`}
    </Badge>
  );
}

const STATUS_SIGNS = { new: "+", gone: "−", more: "▲", fewer: "▼", same: "=" } as const;
const STATUS_COLORS = {
  new: "red",
  gone: "green",
  more: "orange",
  fewer: "green",
  same: "gray",
} as const;

export function StatusBadge({ status }: { status: ErrorClassComparison["status"] }) {
  const { t } = useTranslation("deploys");
  return (
    <Badge variant="light" color={STATUS_COLORS[status]} radius="sm" className="compare-badge">
      {`${STATUS_SIGNS[status]} ${t(`errors.${status}`)}`}
    </Badge>
  );
}
