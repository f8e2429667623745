/** Requests, errors and latency of a node or a call. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Fact, FactList } from "@/common/FactList";
import { useFormat } from "@/design/use-format";
import type { Figures } from "../map-api";

interface FigureListProps {
  figures: Figures | null;
  /** Before and after the figures. */
  first?: readonly Fact[];
  last?: readonly Fact[];
}

export function FigureList({ figures, first = [], last = [] }: FigureListProps) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const facts: Fact[] =
    figures === null
      ? []
      : [
          [t("figure.requests"), format.count(figures.requests)],
          [t("figure.rate"), format.frequency(figures.rate_per_second)],
          [
            t("figure.errors"),
            `${format.count(figures.errors)} (${format.percent(figures.error_percent)})`,
          ],
          ["p50", format.durationMs(figures.p50_ms)],
          ["p95", format.durationMs(figures.p95_ms)],
          ["p99", format.durationMs(figures.p99_ms)],
          [t("figure.max"), format.durationMs(figures.max_ms)],
          [t("figure.total"), format.durationMs(figures.total_ms)],
        ];
  return (
    <>
      {figures === null ? (
        <Text size="sm" c="dimmed">
          {t("panel.no_figures")}
        </Text>
      ) : null}
      <FactList facts={[...first, ...facts, ...last]} />
    </>
  );
}
