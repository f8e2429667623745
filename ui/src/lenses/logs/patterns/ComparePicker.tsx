/** Chooses what patterns are compared with: nothing, the period before, or before a moment. */
import { Group, SegmentedControl, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { parseWallTime, wallTimeText } from "@/shell/wall-time";
import type { PatternsSearch } from "../routes";
import type { Range } from "./compare";

const CHOICES = ["none", "previous", "since"] as const;

export function ComparePicker({ search, range }: { search: PatternsSearch; range: Range }) {
  const { t } = useTranslation("logs");
  const change = useSearchChange();
  const choose = (choice: string) => {
    const middle = Math.round((range.fromMs + range.toMs) / 2);
    change({
      compare: choice === "none" ? undefined : choice,
      since: choice === "since" ? (search.since ?? middle) : undefined,
    });
  };
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" className="logs-compare">
      <SegmentedControl
        size="sm"
        aria-label={t("compare.label")}
        value={search.compare ?? "none"}
        onChange={choose}
        data={CHOICES.map((value) => ({ value, label: t(`compare.${value}`) }))}
      />
      {search.compare === "since" ? <Since since={search.since} range={range} /> : null}
    </Group>
  );
}

function Since({ since, range }: { since: number | undefined; range: Range }) {
  const { t } = useTranslation("logs");
  const { timeZone } = useFormat().settings;
  const change = useSearchChange();
  const given = since === undefined ? "" : wallTimeText(since, timeZone);
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const timeMs = parseWallTime(text, timeZone);
  const isInside = timeMs !== undefined && range.fromMs < timeMs && timeMs < range.toMs;
  return (
    <TextInput
      size="sm"
      type="datetime-local"
      step={1}
      aria-label={t("compare.since_label")}
      value={text}
      error={isInside ? null : t("compare.outside")}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = parseWallTime(event.currentTarget.value, timeZone);
        if (next !== undefined) {
          change({ since: next }, true);
        }
      }}
    />
  );
}
