/** What to set, and where; one of the settings is enough. */
import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import type { Fix } from "./hygiene/fixes";

interface FixListProps {
  fixes: readonly Fix[];
  /** What is fixed, to tell the settings of several findings apart. */
  about: string;
}

export function FixList({ fixes, about }: FixListProps) {
  const { t } = useTranslation("catalog");
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {t(fixes.length === 1 ? "fix.title" : "fix.title_any")}
      </Text>
      <div className="catalog-fixes">
        {fixes.map((fix) => (
          <Stack key={`${fix.place} ${fix.setting}`} gap={2} miw={0}>
            <Text size="xs" c="dimmed">
              {t(`place.${fix.place}`)}
            </Text>
            <CodeBlock
              code={fix.code}
              label={t("fix.code_label", {
                setting: fix.setting,
                place: t(`place_short.${fix.place}`),
                about,
              })}
            />
          </Stack>
        ))}
      </div>
    </Stack>
  );
}
