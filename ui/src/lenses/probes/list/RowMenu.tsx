/** What can be done with a probe, without leaving the list. */
import { ActionIcon, Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconCopy,
  IconDots,
  IconEdit,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { whereText } from "../editor/probe-form";
import { CLOSED, NEW_ID } from "../probe-search";
import type { ProbeRow } from "../probes-api";
import { useProbeActions } from "../use-probe-actions";

export function RowMenu({ row }: { row: ProbeRow }) {
  const { t } = useTranslation("probes");
  const change = useSearchChange();
  const [isAsking, { open, close }] = useDisclosure(false);
  const { isPaused, isBusy, pause, remove } = useProbeActions(row);
  const where = whereText(row.probe) || row.document_id;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the click from opening the row
    <span
      className="probe-menu"
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            loading={isBusy}
            aria-label={t("action.of", { where })}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconEdit size={14} aria-hidden />}
            onClick={() => change({ ...CLOSED, probe: row.document_id })}
          >
            {t("action.edit")}
          </Menu.Item>
          <Menu.Item
            leftSection={
              isPaused ? (
                <IconPlayerPlay size={14} aria-hidden />
              ) : (
                <IconPlayerPause size={14} aria-hidden />
              )
            }
            onClick={() => pause(!isPaused)}
          >
            {t(isPaused ? "action.resume" : "action.pause")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconCopy size={14} aria-hidden />}
            onClick={() => change({ ...CLOSED, probe: NEW_ID, copy: row.document_id })}
          >
            {t("action.duplicate")}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={14} aria-hidden />} color="red" onClick={open}>
            {t("action.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteDialog where={where} opened={isAsking} onClose={close} onDelete={remove} />
    </span>
  );
}

interface DeleteDialogProps {
  where: string;
  opened: boolean;
  onClose: () => void;
  onDelete: () => void;
}

function DeleteDialog({ where, opened, onClose, onDelete }: DeleteDialogProps) {
  const { t } = useTranslation("probes");
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("action.delete_title", { where })}
      centered
      closeButtonProps={{ "aria-label": common("action.close") }}
    >
      <Stack>
        <Text size="sm">{t("action.delete_text")}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button
            color="red"
            onClick={() => {
              onClose();
              onDelete();
            }}
          >
            {t("action.delete")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
