/** Every probe, those changed last first: where it is, what its clients say, what it saw, and how long it lives. */
import { Group, Select, Title } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { PROBE_STATES } from "../probe-search";
import type { ProbeRow } from "../probes-api";
import { probeColumns } from "./columns";
import type { Texts } from "./ServicesTable";

const route = getRouteApi("/shell/probes");
const HEIGHT = 560;

interface ProbesTableProps {
  probes: ProbeRow[];
  canEdit: boolean;
}

export function ProbesTable({ probes, canEdit }: ProbesTableProps) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const navigate = useNavigate();
  const rows = useMemo(
    () =>
      probes.filter(
        (it) =>
          (search.service === undefined || it.probe["service"] === search.service) &&
          (search.state === undefined || it.state === search.state),
      ),
    [probes, search.service, search.state],
  );
  const columns = useMemo(() => probeColumns(t as Texts, format, canEdit), [t, format, canEdit]);
  const open = (row: ProbeRow) =>
    void navigate({
      to: "/probes/$id",
      params: { id: row.document_id },
      search: (before: { from?: string; to?: string; env?: string }) =>
        ({ from: before.from, to: before.to, env: before.env }) as never,
    });
  return (
    <section>
      <DataTable
        label={t("probes.title")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.document_id}
        onOpen={open}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName="live-probes"
        height={HEIGHT}
        empty={
          <EmptyState
            title={t(probes.length === 0 ? "probes.none" : "probes.no_match")}
            {...(probes.length === 0 ? { text: t("probes.none_text") } : {})}
          />
        }
        toolbar={
          <>
            <Title order={2} size="h5">
              {t("probes.title")}
            </Title>
            <Filters probes={probes} />
          </>
        }
      />
    </section>
  );
}

function Filters({ probes }: { probes: ProbeRow[] }) {
  const { t } = useTranslation("probes");
  const search = route.useSearch();
  const change = useSearchChange();
  const named = probes.map(({ probe }) => String(probe["service"] ?? ""));
  const services = [...new Set([...named, search.service ?? ""])].filter((it) => it !== "").sort();
  return (
    <Group gap="xs">
      <Select
        size="xs"
        w={170}
        aria-label={t("probes.service")}
        placeholder={t("probes.all_services")}
        searchable
        clearable
        allowDeselect
        clearButtonProps={{ "aria-label": t("probes.all_services") }}
        data={services}
        value={search.service ?? null}
        onChange={(next) => change({ service: next ?? undefined })}
      />
      <Select
        size="xs"
        w={170}
        aria-label={t("probes.state")}
        placeholder={t("probes.all_states")}
        clearable
        allowDeselect
        clearButtonProps={{ "aria-label": t("probes.all_states") }}
        data={PROBE_STATES.map((value) => ({ value, label: t(`state.${value}`) }))}
        value={search.state ?? null}
        onChange={(next) => change({ state: next ?? undefined })}
      />
    </Group>
  );
}
