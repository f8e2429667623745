/** The frame of a settings area: the list of areas, the title, and the role it needs. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { roleAllows, useUser } from "@/api/session";
import { Page } from "@/common/Page";
import { NeedsRole } from "@/shell/RootPages";
import { SETTINGS_AREAS } from "./areas";
import "./settings.css";

interface SettingsPageProps {
  area: (typeof SETTINGS_AREAS)[number]["name"];
  /** When it is not the name of the area. */
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function SettingsPage({ area, title, actions, children }: SettingsPageProps) {
  const { t } = useTranslation();
  const role = useUser()?.role;
  const needed = SETTINGS_AREAS.find((it) => it.name === area)?.role ?? "owner";
  const isAllowed = roleAllows(role, needed);
  const visible = SETTINGS_AREAS.filter((it) => roleAllows(role, it.role));
  const tabs = (
    <nav className="settings-areas" aria-label={t("shell.settings_areas")}>
      {visible.map(({ name, to }) => (
        <Link key={to} to={to} activeProps={{ "aria-current": "page" }}>
          {t(`settings_area.${name}`)}
        </Link>
      ))}
    </nav>
  );
  return (
    <Page
      title={title ?? t(`settings_area.${area}`)}
      actions={isAllowed ? actions : undefined}
      header={tabs}
    >
      <NeedsRole role={needed}>{children}</NeedsRole>
    </Page>
  );
}
