/** Which days are looked at: a name, days of one's own, and steps back and forth. */
import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendar, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useCost } from "../cost-context";
import {
  type CostPeriod,
  DAY_MS,
  daysText,
  dayText,
  FIRST_PERIOD,
  PERIODS,
  parseDay,
  shiftedPeriod,
} from "../period";

export function PeriodPicker() {
  const { t } = useTranslation("cost");
  const { period, dataFromMs, dataUntilMs } = useCost();
  const change = useSearchChange();
  const step = (direction: 1 | -1) => {
    const { fromMs, toMs } = shiftedPeriod(period, direction);
    change({ period: daysText(fromMs, toMs) });
  };
  return (
    <div className="cost-period">
      <Step
        label={t("period.earlier")}
        disabled={period.fromMs <= dataFromMs}
        onClick={() => step(-1)}
      >
        <IconChevronLeft size={16} />
      </Step>
      <PeriodButton period={period} />
      <Step label={t("period.later")} disabled={period.toMs >= dataUntilMs} onClick={() => step(1)}>
        <IconChevronRight size={16} />
      </Step>
    </div>
  );
}

interface StepProps {
  label: string;
  disabled: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Step({ label, disabled, onClick, children }: StepProps) {
  return (
    <Tooltip label={label} disabled={disabled}>
      <ActionIcon
        variant="default"
        size={34}
        aria-label={label}
        disabled={disabled}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function PeriodButton({ period }: { period: CostPeriod }) {
  const { t } = useTranslation("cost");
  const [opened, { close, toggle }] = useDisclosure(false);
  const name = period.name === "days" ? "" : t(`period.${period.name}`);
  const days = t("period.days", {
    from: dayText(period.fromMs),
    to: dayText(period.toMs - DAY_MS),
  });
  return (
    <Popover opened={opened} onClose={close} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          className="cost-period-button"
          leftSection={<IconCalendar size={16} aria-hidden />}
          aria-label={t("period.label", { period: name === "" ? days : `${name} ${days}` })}
          onClick={toggle}
        >
          {name === "" ? null : <span className="cost-period-name">{name} </span>}
          <span className="num">{days}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("period.title")}>
        {opened ? <PeriodForm period={period} onDone={close} /> : null}
      </Popover.Dropdown>
    </Popover>
  );
}

function PeriodForm({ period, onDone }: { period: CostPeriod; onDone: () => void }) {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const [from, setFrom] = useState(dayText(period.fromMs));
  const [to, setTo] = useState(dayText(period.toMs - DAY_MS));
  const [fromMs, toMs] = [parseDay(from), parseDay(to)];
  const isRight = fromMs !== undefined && toMs !== undefined && fromMs <= toMs;
  const choose = (next: string | undefined) => {
    change({ period: next });
    onDone();
  };
  return (
    <Stack gap="xs">
      <div className="cost-period-names">
        {PERIODS.map((it) => (
          <Button
            key={it}
            variant={period.name === it ? "light" : "subtle"}
            aria-pressed={period.name === it}
            onClick={() => choose(it === FIRST_PERIOD ? undefined : it)}
          >
            {t(`period.${it}`)}
          </Button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) {
            choose(daysText(fromMs, toMs + DAY_MS));
          }
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            type="date"
            size="xs"
            label={t("period.from")}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            size="xs"
            label={t("period.to")}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Button type="submit" disabled={!isRight}>
            {t("period.apply")}
          </Button>
        </Group>
        <Text size="xs" c="dimmed" mt={6}>
          {isRight ? t("period.utc") : t("period.wrong")}
        </Text>
      </form>
    </Stack>
  );
}
