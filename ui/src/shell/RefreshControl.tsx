/** Refresh now, or every few seconds. */
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconCheck, IconChevronDown, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRefresh } from "./use-time-range";

const INTERVALS_SECONDS = [0, 10, 60];

export function RefreshControl() {
  const { t } = useTranslation();
  const { everySeconds, refresh, setEverySeconds } = useRefresh();
  const name = (seconds: number) =>
    seconds === 0 ? t("refresh.off") : t("refresh.every", { seconds });
  return (
    <ActionIcon.Group>
      <Tooltip label={t("refresh.now")}>
        <ActionIcon variant="default" size={30} aria-label={t("refresh.now")} onClick={refresh}>
          <IconRefresh size={16} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            h={30}
            px={6}
            aria-label={t("refresh.label", { value: name(everySeconds) })}
            rightSection={<IconChevronDown size={12} aria-hidden />}
            styles={{ section: { marginInlineStart: 2 } }}
          >
            {everySeconds === 0 ? "" : name(everySeconds)}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("refresh.title")}</Menu.Label>
          {INTERVALS_SECONDS.map((seconds) => (
            <Menu.Item
              key={seconds}
              onClick={() => setEverySeconds(seconds)}
              rightSection={seconds === everySeconds ? <IconCheck size={14} aria-hidden /> : null}
            >
              {name(seconds)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </ActionIcon.Group>
  );
}
