/** "The map at this time": the window of the time picker, one length back or forward. */
import { ActionIcon, Button, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { useSetTimeRange, useTimeRange } from "@/shell/use-time-range";
import { earlierWindow, laterWindow, relativeText } from "./time-step";

export function TimeStep() {
  const { t } = useTranslation("map");
  const format = useFormat();
  const range = useTimeRange();
  const setTimeRange = useSetTimeRange();
  const isNow = range.setting.kind === "relative";
  const later = isNow ? undefined : laterWindow(range, range.refreshedAtMs);
  const length = format.durationMs(range.toMs - range.fromMs);
  const end = format.time(range.toMs, "minute");
  const isOneDay = format.time(range.fromMs, "day") === format.time(range.toMs, "day");
  const steps = [
    { label: t("time.earlier", { length }), Icon: IconChevronLeft, to: earlierWindow(range) },
    { label: t("time.later", { length }), Icon: IconChevronRight, to: later },
  ];
  const buttons = steps.map(({ label, Icon, to }) => (
    <Tooltip key={label} label={label}>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={label}
        disabled={to === undefined}
        onClick={() => to !== undefined && void setTimeRange(to)}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  ));
  return (
    <div className="map-time" role="group" aria-label={t("time.label")}>
      {buttons[0]}
      <Text size="sm" className="num map-time-text" aria-live="polite">
        {`${format.time(range.fromMs, "minute")} – ${isOneDay ? end.split(" ").at(-1) : end}`}
      </Text>
      {buttons[1]}
      {isNow ? null : (
        <Button
          variant="default"
          h={30}
          onClick={() =>
            void setTimeRange(
              relativeText(range) ?? {
                fromMs: Date.now() - (range.toMs - range.fromMs),
                toMs: Date.now(),
              },
            )
          }
        >
          {t("time.now")}
        </Button>
      )}
    </div>
  );
}
