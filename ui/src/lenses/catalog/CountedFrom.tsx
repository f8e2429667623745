/** Says since when logs, metrics and profiles are counted, where that is not the whole time range. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { useTimeRange } from "@/shell/use-time-range";

export function CountedFrom({ countedFromMs }: { countedFromMs: number }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { fromMs } = useTimeRange();
  // The range is rounded to whole milliseconds.
  return countedFromMs <= Math.ceil(fromMs) ? null : (
    <Text size="sm" c="dimmed" className="num">
      {t("counted_from", { time: format.time(countedFromMs, "minute") })}
    </Text>
  );
}
