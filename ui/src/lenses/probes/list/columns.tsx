/** The columns of the list of probes. */
import type { Column } from "@/common/DataTable";
import type { Formats } from "@/design/use-format";
import { whereText } from "../editor/probe-form";
import { expiryMs } from "../expiry";
import { ClientStatuses, Expiry, StateBadge } from "../Marks";
import { PROBE_STATES, type ProbeState } from "../probe-search";
import type { ProbeRow } from "../probes-api";
import { RowMenu } from "./RowMenu";
import type { Texts } from "./ServicesTable";

export function knownState(state: string): ProbeState {
  return PROBE_STATES.find((it) => it === state) ?? "active";
}

export function probeColumns(t: Texts, format: Formats, canEdit: boolean): Column<ProbeRow>[] {
  const actions: Column<ProbeRow> = {
    key: "actions",
    header: t("probes.actions"),
    value: () => "",
    cell: (row) => <RowMenu row={row} />,
    sortable: false,
    width: 84,
  };
  return [...nameColumns(t), ...figureColumns(t, format), ...(canEdit ? [actions] : [])];
}

function nameColumns(t: Texts): Column<ProbeRow>[] {
  return [
    {
      key: "state",
      header: t("probes.state"),
      value: (row) => t(`state.${knownState(row.state)}`),
      cell: (row) => <StateBadge state={knownState(row.state)} />,
      width: 110,
    },
    {
      key: "where",
      header: t("probes.where"),
      value: (row) => whereText(row.probe),
      cell: (row) => (
        <code className="probe-where" title={whereText(row.probe)}>
          {whereText(row.probe) || row.document_id}
        </code>
      ),
      width: 200,
      grow: 3,
    },
    {
      key: "service",
      header: t("probes.service"),
      value: (row) => String(row.probe["service"] ?? ""),
      width: 100,
      grow: 1,
    },
    {
      key: "type",
      header: t("probes.type"),
      value: (row) => t(`type.${String(row.probe["type"])}`),
      width: 74,
    },
    {
      key: "clients",
      header: t("probes.clients"),
      hint: t("probes.clients_hint"),
      value: (row) => row.clients.map((it) => it.status).join(" "),
      cell: (row) => <ClientStatuses clients={row.clients} />,
      width: 210,
      grow: 1,
    },
  ];
}

function figureColumns(t: Texts, format: Formats): Column<ProbeRow>[] {
  return [
    {
      key: "snapshots",
      header: t("probes.snapshots"),
      hint: t("probes.snapshots_hint"),
      value: (row) => row.snapshots,
      cell: (row) => format.count(row.snapshots),
      align: "right",
      width: 112,
    },
    {
      key: "last_snapshot",
      header: t("probes.last_snapshot"),
      value: (row) => row.last_snapshot_ms,
      cell: (row) => (
        <span title={format.time(row.last_snapshot_ms)}>{format.ago(row.last_snapshot_ms)}</span>
      ),
      width: 130,
    },
    {
      key: "expires",
      header: t("probes.expires"),
      value: (row) => expiryMs(row.probe["expires_at"]),
      cell: (row) => <Expiry expiresMs={expiryMs(row.probe["expires_at"])} />,
      width: 168,
    },
  ];
}
