/** The time range of all pages that follow it: relative, or from and to in the chosen zone. */
import {
  Button,
  Divider,
  Popover,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  VisuallyHidden,
} from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { RELATIVE_RANGES, relativeLengthMs, type TimeRangeSetting } from "./time-range";
import { useSetTimeRange, useTimeRange } from "./use-time-range";
import { parseWallTime, wallTimeText, zoneOffsetText } from "./wall-time";

export function TimePicker() {
  const [opened, setOpened] = useState(false);
  const { t } = useTranslation();
  const { setting, fromMs, toMs } = useTimeRange();
  const zone = zoneOffsetText(toMs, useFormat().settings.timeZone);
  const name = useRangeName()(setting);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
      width={340}
    >
      <Popover.Target>
        <Button
          variant="default"
          h={30}
          leftSection={<IconClock size={16} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          <VisuallyHidden>{t("time_range.label")}</VisuallyHidden>
          <span className="num">{name}</span>
          <span className="time-zone num">{zone}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <RelativeRanges setting={setting} onDone={() => setOpened(false)} />
          <Divider />
          <AbsoluteRange
            key={`${fromMs} ${toMs}`}
            fromMs={fromMs}
            toMs={toMs}
            onDone={() => setOpened(false)}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function useRangeName(): (setting: TimeRangeSetting) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (setting) =>
    setting.kind === "relative"
      ? t("time_range.last", { length: format.durationMs(setting.lengthMs) })
      : t("time_range.from_to", {
          from: format.time(setting.fromMs, "minute"),
          to: format.time(setting.toMs, "minute"),
        });
}

function RelativeRanges(props: { setting: TimeRangeSetting; onDone: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const setTimeRange = useSetTimeRange();
  const current = props.setting.kind === "relative" ? props.setting.range : undefined;
  return (
    <div role="group" aria-label={t("time_range.relative")}>
      <Text size="xs" c="dimmed" mb={4}>
        {t("time_range.relative")}
      </Text>
      <SimpleGrid cols={3} spacing={6}>
        {RELATIVE_RANGES.map((range) => (
          <Button
            key={range}
            variant={range === current ? "filled" : "default"}
            aria-pressed={range === current}
            px={4}
            onClick={() => {
              void setTimeRange(range);
              props.onDone();
            }}
          >
            {format.durationMs(relativeLengthMs(range))}
          </Button>
        ))}
      </SimpleGrid>
    </div>
  );
}

function AbsoluteRange(props: { fromMs: number; toMs: number; onDone: () => void }) {
  const { t } = useTranslation();
  const { timeZone } = useFormat().settings;
  const setTimeRange = useSetTimeRange();
  const [from, setFrom] = useState(() => wallTimeText(props.fromMs, timeZone));
  const [to, setTo] = useState(() => wallTimeText(props.toMs, timeZone));
  const fromMs = parseWallTime(from, timeZone);
  const toMs = parseWallTime(to, timeZone);
  const isValid = fromMs !== undefined && toMs !== undefined && fromMs < toMs;
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) {
      void setTimeRange({ fromMs, toMs });
      props.onDone();
    }
  };
  return (
    <form onSubmit={apply}>
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          step={1}
          size="xs"
          label={t("time_range.from")}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          size="xs"
          label={t("time_range.to")}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={isValid ? null : t("time_range.invalid")}
        />
        <Text size="xs" c="dimmed">
          {t("time_range.zone", { zone: timeZone, offset: zoneOffsetText(props.toMs, timeZone) })}
        </Text>
        <Button type="submit" disabled={!isValid}>
          {t("time_range.apply")}
        </Button>
      </Stack>
    </form>
  );
}
