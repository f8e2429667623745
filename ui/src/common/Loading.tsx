/** A skeleton of about the height of what is being loaded, so that nothing jumps. */
import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function Loading({ rows = 8, height = 32 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={4} role="status">
      <VisuallyHidden>{t("loading")}</VisuallyHidden>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
