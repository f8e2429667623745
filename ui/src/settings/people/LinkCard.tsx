/** A one-time link to hand over, with how long it lasts. */
import { Alert, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { useFormat } from "@/design/use-format";

export function LinkCard({ link, expiresMs }: { link: string; expiresMs: number }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  return (
    <Alert color="green" role="status" title={t("people.link_title")}>
      <Stack gap="xs">
        <Text size="sm">{t("people.link_text", { until: format.time(expiresMs, "minute") })}</Text>
        <CodeBlock code={link} label={t("people.link")} />
      </Stack>
    </Alert>
  );
}
