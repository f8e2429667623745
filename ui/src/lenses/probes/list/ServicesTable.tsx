/** Services whose clients ask for probes, and whether they are given any. */
import { Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { CLOSED } from "../probe-search";
import type { ProbeRow, ProbeService } from "../probes-api";
import { ServiceSwitch } from "./ServiceSwitch";
import { type ServiceRow, serviceRows } from "./services";

const route = getRouteApi("/shell/probes");
const HEIGHT = 260;

export type Texts = (key: string, values?: Record<string, unknown>) => string;

interface ServicesTableProps {
  services: ProbeService[];
  probes: ProbeRow[];
  canEdit: boolean;
}

export function ServicesTable({ services, probes, canEdit }: ServicesTableProps) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const rows = useMemo(() => serviceRows(services, probes), [services, probes]);
  const columns = useMemo(
    () => [...serviceColumns(t as Texts, canEdit), ...clientColumns(t as Texts, format)],
    [t, format, canEdit],
  );
  return (
    <section>
      <DataTable
        label={t("services.title")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.service.service}
        onOpen={(row) => change({ ...CLOSED, clients: row.service.service })}
        openedKey={search.clients}
        csvName="probe-services"
        height={HEIGHT}
        toolbar={
          <Title order={2} size="h5">
            {t("services.title")}
          </Title>
        }
      />
    </section>
  );
}

function serviceColumns(t: Texts, canEdit: boolean): Column<ServiceRow>[] {
  return [
    {
      key: "service",
      header: t("services.service"),
      value: (row) => row.service.service,
      cell: (row) => <strong title={row.service.service}>{row.service.service}</strong>,
      width: 140,
      grow: 2,
    },
    {
      key: "enabled",
      header: t("services.enabled"),
      hint: t("services.enabled_hint"),
      value: (row) => row.service.enabled,
      cell: (row) => <ServiceSwitch service={row.service} canEdit={canEdit} />,
      width: 130,
    },
    {
      key: "accepting",
      header: t("services.accepting"),
      hint: t("services.accepting_hint"),
      value: (row) => row.accepting,
      cell: (row) => (
        <span className="probe-accepting num" data-bad={row.accepting < row.clients || undefined}>
          {t("services.accepting_of", { accepting: row.accepting, clients: row.clients })}
        </span>
      ),
      width: 150,
    },
  ];
}

function clientColumns(t: Texts, format: Formats): Column<ServiceRow>[] {
  const list = (key: "tracers" | "environments" | "versions"): Column<ServiceRow> => ({
    key,
    header: t(`services.${key}`),
    value: (row) => row[key].join(", "),
    cell: (row) => <span title={row[key].join("\n")}>{row[key].join(", ") || "–"}</span>,
    width: 130,
    grow: 1,
  });
  return [
    list("tracers"),
    list("environments"),
    list("versions"),
    {
      key: "probes",
      header: t("services.probes"),
      value: (row) => row.probes,
      cell: (row) => format.count(row.probes),
      align: "right",
      width: 112,
    },
    {
      key: "last_seen",
      header: t("client.last_seen"),
      value: (row) => row.lastSeenMs,
      cell: (row) => <span title={format.time(row.lastSeenMs)}>{format.ago(row.lastSeenMs)}</span>,
      width: 120,
    },
  ];
}
