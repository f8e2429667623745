/** The frame of the pages before signing in: the product, a card, the language. */
import { Group, Stack, Title, UnstyledButton } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/i18n";
import { ConnectionBanner } from "@/shell/Banners";
import { useDisplaySettings } from "@/shell/display-settings";
import "./entrance.css";

export function EntranceFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { resolved, change } = useDisplaySettings();
  useEffect(() => {
    document.title = t("document_title", { title });
  }, [title, t]);
  return (
    <>
      <ConnectionBanner />
      <main className="entrance">
        <div className="entrance-brand">
          <img src="/favicon.svg" alt="" width={32} height={32} />
          <span>{t("shell.brand")}</span>
        </div>
        <Stack className="card entrance-card" gap="md">
          <Title order={1} size="h4">
            {title}
          </Title>
          {children}
        </Stack>
        <Group gap="md" justify="center">
          {LANGUAGES.map((language) => (
            <UnstyledButton
              key={language}
              lang={language}
              className="entrance-language"
              aria-pressed={language === resolved.language}
              onClick={() => void change({ language })}
            >
              {t(`language.${language}`)}
            </UnstyledButton>
          ))}
        </Group>
      </main>
    </>
  );
}
