/** Language, theme, time zone, currency, first day of the week. Each change is saved at once. */
import { Select, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { LANGUAGES } from "@/i18n";
import { useDisplaySettings } from "@/shell/display-settings";
import { useChangeSetting } from "@/shell/UserMenu";
import { zoneOffsetText } from "@/shell/wall-time";

const THEMES = ["system", "light", "dark"] as const;
const CURRENCIES = ["KRW", "USD"] as const;
const WEEK_STARTS = ["monday", "sunday"] as const;

export function DisplayForm() {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format = useFormat();
  const { resolved } = useDisplaySettings();
  const change = useChangeSetting();
  const now = useMemo(Date.now, []);
  return (
    <Stack className="card" gap="sm">
      <Title order={2} size="h5">
        {t("display.title")}
      </Title>
      <Choice
        label={t("display.language")}
        value={resolved.language}
        choices={LANGUAGES.map((it) => [it, common(`language.${it}`)])}
        onChange={(language) => change({ language })}
      />
      <Choice
        label={t("display.theme")}
        value={resolved.theme}
        choices={THEMES.map((it) => [it, common(`theme.${it}`)])}
        onChange={(theme) => change({ theme })}
      />
      <Choice
        label={t("display.time_zone")}
        value={resolved.timeZone}
        choices={zones(resolved.timeZone, now)}
        searchable
        onChange={(zone) => change({ time_zone: zone })}
      />
      <Text size="xs" c="dimmed" className="num">
        {t("display.example", { time: format.time(now) })}
      </Text>
      <Choice
        label={t("display.currency")}
        value={resolved.currency}
        choices={CURRENCIES.map((it) => [it, t(`display.currencies.${it}`)])}
        onChange={(currency) => change({ currency })}
      />
      <Choice
        label={t("display.week_starts_on")}
        value={resolved.weekStartsOn}
        choices={WEEK_STARTS.map((it) => [it, t(`display.days.${it}`)])}
        onChange={(day) => change({ week_starts_on: day })}
      />
    </Stack>
  );
}

function zones(current: string, nowMs: number): [string, string][] {
  const names = new Set(["UTC", "Asia/Seoul", current, ...Intl.supportedValuesOf("timeZone")]);
  return [...names].map((name) => [name, `${name} (${zoneOffsetText(nowMs, name)})`]);
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: [Value, string][];
  searchable?: boolean;
  onChange: (value: Value) => void;
}

function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, value, choices, searchable = false, onChange } = props;
  const choose = (chosen: string | null) => {
    const known = choices.find(([it]) => it === chosen);
    if (known !== undefined && known[0] !== value) {
      onChange(known[0]);
    }
  };
  return (
    <Select
      label={label}
      value={value}
      searchable={searchable}
      maxDropdownHeight={280}
      data={choices.map(([it, text]) => ({ value: it, label: text }))}
      onChange={choose}
    />
  );
}
