/** Who is signed in; language, theme, signing out. */
import { Menu, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import {
  IconCheck,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { queryClient, sessionQuery } from "@/api/queries";
import { useUser } from "@/api/session";
import { errorKey } from "@/common/ErrorBox";
import { showNotice } from "@/common/notice";
import { LANGUAGES } from "@/i18n";
import { useDisplaySettings } from "./display-settings";
import type { DisplaySettings } from "./display-settings-values";

const THEMES = [
  { theme: "system", icon: IconDeviceDesktop },
  { theme: "light", icon: IconSun },
  { theme: "dark", icon: IconMoon },
] as const;

export function UserMenu() {
  const { t } = useTranslation();
  const user = useUser();
  const signOut = useSignOut();
  if (user === undefined) {
    return null;
  }
  return (
    <Menu
      position="bottom-end"
      width={220}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <UnstyledButton className="user-button">
          <VisuallyHidden>{t("user_menu.label", { name: user.name })}</VisuallyHidden>
          <span className="user-mark" aria-hidden>
            {[...user.name][0]?.toUpperCase()}
          </span>
          <span className="user-name" aria-hidden>
            {user.name}
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="user-card">
          <Text size="sm" fw={600} truncate>
            {user.name}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`role.${user.role}`)}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings/profile" leftSection={<IconUser size={16} />}>
          {t("user_menu.profile")}
        </Menu.Item>
        <Choices />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t("user_menu.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Choices() {
  const { t } = useTranslation();
  const { resolved } = useDisplaySettings();
  const change = useChangeSetting();
  const mark = (isChosen: boolean) => (isChosen ? <IconCheck size={14} aria-hidden /> : null);
  return (
    <>
      <Menu.Label>{t("user_menu.language")}</Menu.Label>
      {LANGUAGES.map((language) => (
        <Menu.Item
          key={language}
          lang={language}
          rightSection={mark(language === resolved.language)}
          onClick={() => change({ language })}
        >
          {t(`language.${language}`)}
        </Menu.Item>
      ))}
      <Menu.Label>{t("user_menu.theme")}</Menu.Label>
      {THEMES.map(({ theme, icon: Icon }) => (
        <Menu.Item
          key={theme}
          leftSection={<Icon size={16} aria-hidden />}
          rightSection={mark(theme === resolved.theme)}
          onClick={() => change({ theme })}
        >
          {t(`theme.${theme}`)}
        </Menu.Item>
      ))}
    </>
  );
}

/** Changes a setting; when it cannot be saved on the server, it holds in this browser and says so. */
export function useChangeSetting(): (part: Partial<DisplaySettings>) => void {
  const { t } = useTranslation();
  const { change } = useDisplaySettings();
  return (part) => {
    change(part).catch((error: unknown) =>
      showNotice({
        color: "yellow",
        title: t("settings_not_saved"),
        message: t(`error.${errorKey(error)}.advice`),
      }),
    );
  };
}

export function useSignOut(): () => Promise<void> {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return async () => {
    try {
      await answer(api.DELETE("/api/v1/session"));
    } catch (error) {
      showNotice({
        color: "red",
        title: t("user_menu.not_signed_out"),
        message: t(`error.${errorKey(error)}.advice`),
      });
      return;
    }
    await navigate({ to: "/sign-in", search: {} });
    queryClient.clear();
    await queryClient.fetchQuery(sessionQuery);
  };
}
