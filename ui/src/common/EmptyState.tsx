/** Says why there is nothing, and what to do; `sendData` adds the way to the first data. */
import { Button, Stack, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { WithCode } from "./WithCode";

interface EmptyStateProps {
  title: string;
  text?: string;
  sendData?: boolean;
  children?: ReactNode;
}

export function EmptyState({ title, text, sendData = false, children }: EmptyStateProps) {
  const { t } = useTranslation();
  return (
    <Stack align="center" gap="xs" py="xl" px="md" className="empty-state">
      <IconInbox aria-hidden size={32} stroke={1.5} />
      <Text fw={600} ta="center">
        {title}
      </Text>
      {text === undefined ? null : (
        <Text size="sm" c="dimmed" ta="center" maw={520}>
          <WithCode text={text} />
        </Text>
      )}
      {children}
      {sendData ? (
        <Button component={Link} to="/send-data" size="xs" mt="xs">
          {t("action.send_data")}
        </Button>
      ) : null}
    </Stack>
  );
}
