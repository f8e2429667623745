/** Allows probes in a service, after saying what that means; takes them all out at once. */
import { Button, Group, List, Modal, Stack, Switch, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNotice } from "@/settings/use-notice";
import { type ProbeService, probesChanged, putDocument, SERVICE_KIND } from "../probes-api";
import { serviceDocumentId } from "../service-document";

interface ServiceSwitchProps {
  service: ProbeService;
  canEdit: boolean;
}

const MEANINGS = ["runs", "captures", "seen", "cost"] as const;

function useSwitch({ service: name, document_id, document_revision: revision }: ProbeService) {
  const { t } = useTranslation("probes");
  const notice = useNotice();
  return useMutation({
    mutationFn: (enabled: boolean) =>
      putDocument(
        SERVICE_KIND,
        document_id ?? serviceDocumentId(name),
        { service: name, enabled },
        revision ?? 0,
      ),
    onSuccess: (_, enabled) =>
      notice.done(t(enabled ? "switch.is_on" : "switch.is_off", { service: name })),
    onError: notice.failed,
    onSettled: probesChanged,
  });
}

export function ServiceSwitch({ service, canEdit }: ServiceSwitchProps) {
  const { t } = useTranslation("probes");
  const { t: common } = useTranslation();
  const [isAsking, { open, close }] = useDisclosure(false);
  const change = useSwitch(service);
  const name = service.service;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the click from opening the row
    <span
      className="probe-switch"
      title={canEdit ? undefined : t("switch.owners_only")}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <Switch
        size="sm"
        aria-label={t("switch.label", { service: name })}
        checked={change.isPending ? change.variables : service.enabled}
        disabled={!canEdit}
        onChange={(event) => (event.currentTarget.checked ? open() : change.mutate(false))}
      />
      <span>{t(service.enabled ? "switch.on" : "switch.off")}</span>
      <Modal
        opened={isAsking}
        onClose={close}
        title={t("switch.title", { service: name })}
        centered
        closeButtonProps={{ "aria-label": common("action.close") }}
      >
        <Stack>
          <Text size="sm">{t("switch.text")}</Text>
          <List size="sm" spacing={4}>
            {MEANINGS.map((it) => (
              <List.Item key={it}>{t(`switch.meaning.${it}`)}</List.Item>
            ))}
          </List>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {common("action.cancel")}
            </Button>
            <Button
              onClick={() => {
                close();
                change.mutate(true);
              }}
            >
              {t("switch.allow")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </span>
  );
}
