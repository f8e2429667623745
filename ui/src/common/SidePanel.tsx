/** Details at the right, while the list stays: a drawer without a veil, closed by Escape. */
import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** A panel has no banner of its own beside that of the page. Mantine has it, but not in its types. */
const NO_BANNER = { attributes: { header: { role: "presentation" } } } as object;

interface SidePanelProps {
  opened: boolean;
  title: ReactNode;
  onClose: () => void;
  size?: number;
  children: ReactNode;
}

export function SidePanel({ opened, title, onClose, size = 520, children }: SidePanelProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={size}
      title={title}
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
      {...NO_BANNER}
    >
      {children}
    </Drawer>
  );
}
