/** Chooses table, lines or bars, and which columns are drawn. */
import { Group, MultiSelect, SegmentedControl, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import {
  type ChartKind,
  type ChartSetting,
  chartParts,
  possibleKinds,
  type ResultColumn,
} from "./chart-choice";

interface ChartControlsProps {
  columns: readonly ResultColumn[];
  setting: ChartSetting;
  onChange: (setting: ChartSetting) => void;
}

export function ChartControls({ columns, setting, onChange }: ChartControlsProps) {
  const { t } = useTranslation("query");
  const kinds = possibleKinds(columns);
  const parts = chartParts(columns, setting.kind);
  return (
    <Group gap="xs" align="flex-end">
      <SegmentedControl
        size="xs"
        aria-label={t("chart.kind")}
        value={setting.kind}
        onChange={(kind) => onChange({ kind: kind as ChartKind })}
        data={(["table", "line", "bar"] as const).map((kind) => ({
          value: kind,
          label: t(`chart.${kind}`),
          disabled: !kinds.includes(kind),
        }))}
      />
      {setting.kind === "table" ? null : (
        <>
          <Select
            size="xs"
            w={150}
            label={t("chart.x")}
            data={parts.x}
            value={setting.x ?? null}
            onChange={(x) => onChange({ ...setting, x: x ?? undefined })}
          />
          {setting.kind === "line" ? (
            <MultiSelect
              size="xs"
              miw={150}
              label={t("chart.y")}
              data={parts.y}
              value={setting.y ?? []}
              onChange={(y) => onChange({ ...setting, y })}
            />
          ) : (
            <Select
              size="xs"
              w={150}
              label={t("chart.y")}
              data={parts.y}
              value={setting.y?.[0] ?? null}
              onChange={(y) => onChange({ ...setting, y: y === null ? undefined : [y] })}
            />
          )}
          {parts.series.length === 0 ? null : (
            <Select
              size="xs"
              w={150}
              label={t("chart.series")}
              data={parts.series}
              value={setting.series ?? null}
              onChange={(series) => onChange({ ...setting, series: series ?? undefined })}
            />
          )}
        </>
      )}
    </Group>
  );
}
