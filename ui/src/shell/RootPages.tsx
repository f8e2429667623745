/** What is shown instead of a page: not found, a page that broke, a page the role does not allow. */
import { Button, Stack, Text, Title } from "@mantine/core";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Role, useMay } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { Page } from "@/common/Page";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main className="alone">
      <Page title={t("not_found.title")}>
        <Stack align="flex-start">
          <Text>{t("not_found.text")}</Text>
          <Button component={Link} to="/" variant="default">
            {t("not_found.home")}
          </Button>
        </Stack>
      </Page>
    </main>
  );
}

export function RootErrorPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className="alone">
      <Page title={t("broken.title")}>
        <ErrorBox error={error} onRetry={retry} />
      </Page>
    </main>
  );
}

/** Shows `children` when the role allows, and otherwise the 403 page. */
export function NeedsRole({ role, children }: { role: Role; children: ReactNode }) {
  const { t } = useTranslation();
  if (useMay(role)) {
    return children;
  }
  return (
    <Stack align="flex-start" role="alert">
      <Title order={2} size="h4">
        {t("forbidden.title")}
      </Title>
      <Text>{t("forbidden.text", { role: t(`role.${role}`) })}</Text>
    </Stack>
  );
}
