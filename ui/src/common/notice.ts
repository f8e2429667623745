/** A short notice at the corner, which goes by itself. */
import { notifications } from "@mantine/notifications";
import i18next from "i18next";

interface Notice {
  color: "green" | "yellow" | "red";
  title?: string;
  message: string;
}

export function showNotice(notice: Notice): void {
  notifications.show({
    ...notice,
    closeButtonProps: { "aria-label": i18next.t("action.close") },
  });
}
