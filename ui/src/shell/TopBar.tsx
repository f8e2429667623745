/** Search, environment, time range and the person, above every page. */
import { Kbd, UnstyledButton } from "@mantine/core";
import { useOs } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EnvironmentPicker } from "./EnvironmentPicker";
import { placeOf } from "./places";
import { RefreshControl } from "./RefreshControl";
import { TimePicker } from "./TimePicker";
import { UserMenu } from "./UserMenu";

export function TopBar() {
  const { t } = useTranslation();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const follows = placeOf(pathname)?.follows ?? "nothing";
  return (
    <section className="top-bar" aria-label={t("shell.top_bar")}>
      <SearchButton />
      {follows === "nothing" ? null : (
        <div className="top-bar-pickers">
          {follows === "time" ? null : <EnvironmentPicker />}
          <TimePicker />
          <RefreshControl />
        </div>
      )}
      <UserMenu />
    </section>
  );
}

function SearchButton() {
  const { t } = useTranslation();
  const isMac = useOs() === "macos";
  return (
    <UnstyledButton className="top-bar-search" onClick={spotlight.open}>
      <IconSearch size={16} aria-hidden />
      <span className="top-bar-search-text">{t("shell.search")}</span>
      <Kbd size="xs" className="top-bar-search-keys">
        {isMac ? "⌘K" : "Ctrl K"}
      </Kbd>
    </UnstyledButton>
  );
}
