/** A button that leads to a page of another lens. */
import { Button } from "@mantine/core";
import type { TablerIcon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

interface LinkButtonProps {
  label: string;
  icon: TablerIcon;
  to: string;
  params?: Record<string, string>;
  search?: Record<string, unknown>;
}

export function LinkButton({ label, icon: Icon, to, params = {}, search = {} }: LinkButtonProps) {
  return (
    <Button
      component={Link}
      to={to as never}
      params={params as never}
      search={search as never}
      variant="default"
      leftSection={<Icon size={16} aria-hidden />}
    >
      {label}
    </Button>
  );
}
