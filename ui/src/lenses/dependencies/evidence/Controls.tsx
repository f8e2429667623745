/** What the evidence is about: limit, operation, caller, and the attributes that name a business id. */
import { Button, Group, TagsInput, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import type { AttributeKey, Evidence } from "../dependencies-api";
import { THRESHOLD_MS } from "../dependencies-api";
import { type EvidenceSearch, NO_ATTRIBUTE } from "../routes";
import { ThresholdInput } from "../ThresholdInput";

const ATTRIBUTES_MAX = 5;

interface ControlsProps {
  evidence: Evidence | undefined;
  search: EvidenceSearch;
  thresholdMs: number;
  attributes: readonly string[];
}

export function Controls({ evidence, search, thresholdMs, attributes }: ControlsProps) {
  const { t } = useTranslation("dependencies");
  const change = useSearchChange();
  return (
    <div className="screen-only dependency-controls">
      <ThresholdInput
        label={t("threshold.label")}
        valueMs={thresholdMs}
        onChange={(next) => change({ threshold: next === THRESHOLD_MS ? undefined : next })}
      />
      <KeyChooser
        keys={evidence?.attribute_keys ?? []}
        chosen={attributes}
        onChange={(next) => change({ ids: next.length === 0 ? [NO_ATTRIBUTE] : next })}
      />
      <Group gap="xs" className="evidence-pills">
        {(["operation", "caller"] as const).map((name) => {
          const value = search[name];
          return value === undefined ? null : (
            <Button
              key={name}
              variant="light"
              maw="100%"
              title={t(`only.remove_${name}`)}
              rightSection={<IconX size={14} aria-hidden />}
              onClick={() => change({ [name]: undefined })}
            >
              {t(`only.${name}`, { value })}
            </Button>
          );
        })}
      </Group>
    </div>
  );
}

interface KeyChooserProps {
  keys: readonly AttributeKey[];
  chosen: readonly string[];
  onChange: (keys: string[]) => void;
}

/** Offers what the affected requests have, the widest spread first; any other key can be typed. */
function KeyChooser({ keys, chosen, onChange }: KeyChooserProps) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const known = new Map(keys.map((it) => [it.key, it]));
  return (
    <TagsInput
      className="evidence-keys"
      label={t("ids.label")}
      placeholder={chosen.length === 0 ? t("ids.placeholder") : ""}
      maxTags={ATTRIBUTES_MAX}
      value={[...chosen]}
      // The address is a list of texts, and the question joins them by commas.
      onChange={(next) =>
        onChange(next.filter((key) => key !== NO_ATTRIBUTE && !key.includes(",")))
      }
      data={keys.map((it) => it.key)}
      maxDropdownHeight={320}
      renderOption={({ option }) => {
        const it = known.get(option.value);
        return (
          <div className="evidence-key">
            <span className="wrap-anywhere">{option.value}</span>
            {it === undefined ? null : (
              <Text size="xs" c="dimmed" className="wrap-anywhere">
                {t("ids.coverage", {
                  share: format.percent(it.share_percent),
                  distinct: format.count(it.distinct),
                  example: it.example,
                })}
              </Text>
            )}
          </div>
        );
      }}
      clearButtonProps={{ "aria-label": t("ids.clear") }}
    />
  );
}
