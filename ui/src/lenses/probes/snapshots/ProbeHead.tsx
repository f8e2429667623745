/** What a probe is, how long it lives, and what its clients say. */
import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmButton } from "@/common/ConfirmButton";
import { type Column, DataTable } from "@/common/DataTable";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { knownStatus } from "../client-status";
import { type ProbeForm, readProbe, whereText } from "../editor/probe-form";
import { expiryMs } from "../expiry";
import { languageName } from "../languages";
import { knownState } from "../list/columns";
import type { Texts } from "../list/ServicesTable";
import { Expiry, StateBadge, StatusBadge } from "../Marks";
import { NEW_ID } from "../probe-search";
import type { ProbeClient, ProbeRow } from "../probes-api";
import { useProbeActions } from "../use-probe-actions";

export function ProbeHead({ row, canEdit }: { row: ProbeRow; canEdit: boolean }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const form = readProbe(row.probe);
  const state = knownState(row.state);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Group gap="xs">
          <StateBadge state={state} />
          <Anchor
            component={Link}
            to="/services/$service"
            params={{ service: form.service } as never}
            size="sm"
          >
            {form.service}
          </Anchor>
          <Text size="sm" c="dimmed">
            {t("head.kind", {
              type: t(`type.${form.type}`),
              language: languageName(form.language),
            })}
          </Text>
        </Group>
        {canEdit ? <Actions row={row} /> : null}
      </Group>
      {state === "active" ? null : (
        <Alert variant="light" color={state === "service_off" ? "red" : "yellow"} p="xs">
          {t(`state_hint.${state}`)}{" "}
          {state === "service_off" ? (
            <Anchor
              component={Link}
              to="/probes"
              search={{ clients: form.service } as never}
              size="sm"
            >
              {t("head.to_service")}
            </Anchor>
          ) : null}
        </Alert>
      )}
      <dl className="probe-facts">
        <Item name={t("probes.expires")}>
          <Expiry expiresMs={expiryMs(form.expiresAt)} />
        </Item>
        <Item name={t("probes.snapshots")}>{format.count(row.snapshots)}</Item>
        <Item name={t("probes.last_snapshot")}>{format.ago(row.last_snapshot_ms)}</Item>
        <Item name={t("head.created_by")}>{row.created_by ?? "–"}</Item>
        <Item name={t("probes.updated")}>{format.time(row.updated_ms)}</Item>
      </dl>
      <Written form={form} />
    </Stack>
  );
}

function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num wrap-anywhere">{children}</dd>
    </div>
  );
}

/** What was written for it, as it was written. */
function Written({ form }: { form: ProbeForm }) {
  const { t } = useTranslation("probes");
  const written: [string, string][] = [
    [t("field.template"), form.type === "log" ? form.template : ""],
    [t("field.metric_name"), form.type === "metric" ? form.metricName : ""],
    [t("field.metric_value"), form.type === "metric" ? form.metricValue : ""],
    [t("field.condition"), form.condition],
  ];
  const given = written.filter(([, text]) => text !== "");
  return given.length === 0 ? null : (
    <dl className="probe-facts" data-wide>
      {given.map(([name, text]) => (
        <Item key={name} name={name}>
          <code>{text}</code>
        </Item>
      ))}
    </dl>
  );
}

function Actions({ row }: { row: ProbeRow }) {
  const { t } = useTranslation("probes");
  const change = useSearchChange();
  const navigate = useNavigate();
  const where = whereText(row.probe) || row.document_id;
  const toList = (more: object) => {
    const search = ({ from, to, env }: Record<string, unknown>) => ({ from, to, env, ...more });
    void navigate({ to: "/probes", search: search as never });
  };
  const { isPaused, isBusy, pause, remove } = useProbeActions(row, () => toList({}));
  return (
    <Group gap="xs">
      <Button variant="default" onClick={() => change({ edit: true })}>
        {t("action.edit")}
      </Button>
      <Button variant="default" loading={isBusy} onClick={() => pause(!isPaused)}>
        {t(isPaused ? "action.resume" : "action.pause")}
      </Button>
      <Button variant="default" onClick={() => toList({ probe: NEW_ID, copy: row.document_id })}>
        {t("action.duplicate")}
      </Button>
      <ConfirmButton
        label={t("action.delete")}
        title={t("action.delete_title", { where })}
        text={t("action.delete_text")}
        confirmLabel={t("action.delete")}
        onConfirm={remove}
      />
    </Group>
  );
}

type ClientRow = ProbeRow["clients"][number] & { client: ProbeClient | undefined };

interface ClientTableProps {
  row: ProbeRow;
  clients: readonly ProbeClient[];
}

const CLIENTS_HEIGHT = 220;

/** Each process that was sent the probe, and what it answered. */
export function ClientTable({ row, clients }: ClientTableProps) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const columns = useMemo(() => clientColumns(t as Texts, format), [t, format]);
  const rows = row.clients.map((it) => ({
    ...it,
    client: clients.find((client) => client.runtime_id === it.runtime_id),
  }));
  return (
    <section>
      <DataTable
        label={t("head.clients")}
        rows={rows}
        columns={columns}
        rowKey={(it) => it.runtime_id}
        height={CLIENTS_HEIGHT}
        empty={
          <Text size="sm" c="dimmed">
            {t("head.no_clients")}
          </Text>
        }
        toolbar={
          <Text component="h2" fw={600} size="sm" m={0}>
            {t("head.clients")}
          </Text>
        }
      />
    </section>
  );
}

function clientColumns(t: Texts, format: Formats): Column<ClientRow>[] {
  return [
    {
      key: "status",
      header: t("head.status"),
      value: (row) => row.status,
      cell: (row) => {
        const status = knownStatus(row.status);
        return status === undefined ? row.status : <StatusBadge status={status} />;
      },
      width: 110,
    },
    {
      key: "message",
      header: t("head.message"),
      value: (row) => row.message,
      cell: (row) => <span title={row.message ?? undefined}>{row.message ?? "–"}</span>,
      width: 220,
      grow: 3,
    },
    {
      key: "host",
      header: t("client.host"),
      value: (row) => row.client?.host,
      width: 120,
      grow: 1,
    },
    {
      key: "version",
      header: t("client.version"),
      value: (row) => row.client?.version,
      width: 90,
    },
    {
      key: "runtime_id",
      header: t("client.runtime_id"),
      value: (row) => row.runtime_id,
      width: 150,
    },
    {
      key: "at",
      header: t("head.at"),
      value: (row) => row.at_ms,
      cell: (row) => <span title={format.time(row.at_ms)}>{format.ago(row.at_ms)}</span>,
      width: 140,
    },
  ];
}
