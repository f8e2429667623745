/** A button for what cannot be undone: it asks first, in words that name what will happen. */
import { Button, type ButtonProps, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface ConfirmButtonProps extends ButtonProps {
  label: ReactNode;
  title: string;
  text: string;
  confirmLabel: string;
  onConfirm: () => void;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const { label, title, text, confirmLabel, onConfirm, ...button } = props;
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" {...button} onClick={open}>
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={title}
        centered
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <Stack>
          <Text size="sm">{text}</Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t("action.cancel")}
            </Button>
            <Button
              color="red"
              onClick={() => {
                close();
                onConfirm();
              }}
            >
              {confirmLabel}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
