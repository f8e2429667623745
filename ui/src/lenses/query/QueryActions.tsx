/** Beside the heading: examples, saved views, link, save. */
import { Button, Menu, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconBookmark, IconCheck, IconDeviceFloppy, IconLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { EXAMPLES } from "./examples";
import type { SavedView } from "./saved-views";

interface QueryActionsProps {
  view: SavedView | undefined;
  sql: string;
  onSave: () => void;
  onViews: () => void;
  onExample: (sql: string) => void;
}

export function QueryActions({ view, sql, onSave, onViews, onExample }: QueryActionsProps) {
  const { t } = useTranslation("query");
  const mayEdit = useMay("editor");
  const maySave = mayEdit && sql.trim() !== "";
  return (
    <>
      {view === undefined ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default">{t("action.examples")}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {EXAMPLES.map((example) => (
              <Menu.Item key={example.key} onClick={() => onExample(example.sql)}>
                {t(`example.${example.key}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      <Button
        variant="default"
        leftSection={<IconBookmark size={16} aria-hidden />}
        onClick={onViews}
      >
        {t("action.views")}
      </Button>
      <ShareButton />
      <Tooltip label={t("save.needs_editor")} disabled={mayEdit}>
        <Button
          variant="default"
          leftSection={<IconDeviceFloppy size={16} aria-hidden />}
          {...(maySave ? {} : { "data-disabled": true })}
          aria-disabled={!maySave}
          onClick={() => maySave && onSave()}
        >
          {t("action.save")}
        </Button>
      </Tooltip>
    </>
  );
}

function ShareButton() {
  const { t } = useTranslation("query");
  const clipboard = useClipboard();
  return (
    <Button
      variant="default"
      leftSection={
        clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconLink size={16} aria-hidden />
      }
      onClick={() => clipboard.copy(window.location.href)}
    >
      {t(clipboard.copied ? "action.link_copied" : "action.copy_link")}
    </Button>
  );
}
