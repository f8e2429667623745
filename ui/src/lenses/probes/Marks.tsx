/** Small marks of a probe: its state, what its clients say, and how long it lives. */
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { type ClientStatus, countStatuses } from "./client-status";
import { leftMs } from "./expiry";
import type { ProbeState } from "./probe-search";
import type { ProbeRow } from "./probes-api";
import { useNow } from "./use-now";

const STATE_COLORS: Record<ProbeState, string> = {
  active: "green",
  paused: "yellow",
  expired: "gray",
  service_off: "red",
  invalid: "red",
};
const STATUS_COLORS: Record<ClientStatus, string> = {
  error: "red",
  blocked: "orange",
  emitting: "green",
  installed: "green",
  received: "blue",
  sent: "gray",
};

export function StateBadge({ state }: { state: ProbeState }) {
  const { t } = useTranslation("probes");
  return (
    <Badge variant="light" color={STATE_COLORS[state]} size="sm" title={t(`state_hint.${state}`)}>
      {t(`state.${state}`)}
    </Badge>
  );
}

export function StatusBadge({ status, count }: { status: ClientStatus; count?: number }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const name = t(`status.${status}`);
  return (
    <Badge variant="light" color={STATUS_COLORS[status]} size="sm">
      {count === undefined ? name : t("status_count", { name, number: format.count(count) })}
    </Badge>
  );
}

export function ClientStatuses({ clients }: Pick<ProbeRow, "clients">) {
  const { t } = useTranslation("probes");
  const counts = countStatuses(clients);
  if (counts.length === 0) {
    return <span className="probe-soft">{t("status.nobody")}</span>;
  }
  return (
    <span className="probe-statuses" title={counts.flatMap((it) => it.messages).join("\n")}>
      {counts.map(({ status, count }) => (
        <StatusBadge key={status} status={status} count={count} />
      ))}
    </span>
  );
}

/** Counts down; what is over says when it ended. */
export function Expiry({ expiresMs }: { expiresMs: number | undefined }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const left = leftMs(expiresMs ?? 0, useNow());
  if (expiresMs === undefined) {
    return <span>–</span>;
  }
  return (
    <span className="num" title={format.time(expiresMs)}>
      {left > 0 ? format.durationMs(left) : t("expiry.over", { ago: format.ago(expiresMs) })}
    </span>
  );
}
