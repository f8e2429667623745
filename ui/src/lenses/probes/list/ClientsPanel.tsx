/** The running processes of a service: which of them take probes, and why the others do not. */
import { Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Fact, FactList } from "@/common/FactList";
import { Loading } from "@/common/Loading";
import { SidePanel } from "@/common/SidePanel";
import { WithCode } from "@/common/WithCode";
import { useFormat } from "@/design/use-format";
import { languageName } from "../languages";
import type { ProbeClient, ProbeService } from "../probes-api";
import { ServiceSwitch } from "./ServiceSwitch";

const WIDTH = 560;

interface ClientsPanelProps {
  name: string | undefined;
  service: ProbeService | undefined;
  isLoading: boolean;
  canEdit: boolean;
  onClose: () => void;
}

export function ClientsPanel({ name, service, isLoading, canEdit, onClose }: ClientsPanelProps) {
  const { t } = useTranslation("probes");
  return (
    <SidePanel
      opened={name !== undefined}
      onClose={onClose}
      size={WIDTH}
      title={<strong className="wrap-anywhere">{name}</strong>}
    >
      {isLoading ? (
        <Loading />
      ) : service === undefined ? (
        <Text size="sm">{t("client.none")}</Text>
      ) : (
        <Stack gap="md">
          <Group gap="sm">
            <Text size="sm">{t("services.enabled")}</Text>
            <ServiceSwitch service={service} canEdit={canEdit} />
          </Group>
          {canEdit ? null : (
            <Text size="sm" c="dimmed">
              {t("switch.owners_only")}
            </Text>
          )}
          {service.clients.length === 0 ? <Text size="sm">{t("client.none")}</Text> : null}
          <ul className="probe-clients">
            {service.clients.map((client) => (
              <li key={client.runtime_id} className="card">
                <Client client={client} />
              </li>
            ))}
          </ul>
        </Stack>
      )}
    </SidePanel>
  );
}

/** Reasons that have a text of their own; any other is told as it came. */
const REASONS = [
  "debugger_off",
  "refused_unsigned",
  "refused_configuration",
  "unknown_language",
] as const;

function Client({ client }: { client: ProbeClient }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const reason = REASONS.find((it) => it === client.why_not);
  const facts: Fact[] = [
    [t("client.environment"), client.environment ?? "–"],
    [t("client.version"), client.version ?? "–"],
    [t("client.host"), client.host ?? "–"],
    [t("client.runtime_id"), client.runtime_id],
    [t("client.last_seen"), format.ago(client.last_seen_ms)],
  ];
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm">
          {languageName(client.language)} {client.tracer_version}
        </Text>
        <Badge variant="light" size="sm" color={client.accepts ? "green" : "red"}>
          {t(client.accepts ? "client.accepts" : "client.refuses")}
        </Badge>
      </Group>
      {client.why_not === null ? null : (
        <Alert color={client.accepts ? "blue" : "yellow"} variant="light" p="xs">
          <WithCode text={reason === undefined ? client.why_not : t(`why_not.${reason}`)} />
        </Alert>
      )}
      <FactList facts={facts} />
    </Stack>
  );
}
