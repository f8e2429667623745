/** Who logs most: records, bytes and cost by group, over time, and what could be saved. */
import { Alert, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { onlyValue } from "@/common/search-bar/query-edits";
import { SearchBar } from "@/common/search-bar/SearchBar";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { TimeChart } from "@/common/TimeChart";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { Change } from "../Change";
import { LogsNav } from "../LogsNav";
import { type Asked, type Volume, type VolumeGroup, volumeQuery } from "../logs-api";
import { PatternText } from "../patterns/PatternText";
import { changePercent } from "../patterns/pattern-parts";
import { VOLUME_GROUPS, type VolumeGroupBy } from "../routes";
import { ShareBar } from "../ShareBar";
import { knownStatus } from "../status";
import { useAsked } from "../use-asked";
import { moneyText } from "./money";
import { PriceControl } from "./PriceControl";
import { Suggestions } from "./Suggestions";
import { volumeSeries } from "./volume-series";
import "../logs.css";

type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/logs/volume");
const BUCKETS = 48;
const GROUPS_LISTED = 200;
const CHART_HEIGHT = 160;
const FIRST_SORT = { key: "bytes", descending: true };

/** The field of the search language that a group is one value of. */
const FIELDS: Record<VolumeGroupBy, string> = {
  service: "service",
  status: "status",
  container: "container_name",
  pattern: "pattern_id",
  host: "host",
  env: "env",
};

export default function VolumePage() {
  const { t } = useTranslation("logs");
  const search = route.useSearch();
  const change = useSearchChange();
  const asked = useAsked(search.q);
  const group = search.group ?? "service";
  const query = useQuery(volumeQuery(asked, group, BUCKETS, GROUPS_LISTED));
  const isInvalid = searchErrorIn(query.error) !== undefined;
  return (
    <Page
      title={t("volume.title")}
      header={<LogsNav query={search.q} />}
      actions={
        query.data === undefined ? undefined : <PriceControl price={query.data.volume.price} />
      }
    >
      <div className="logs-search">
        <SearchBar
          label={t("search")}
          source="logs"
          value={asked.query}
          error={query.error}
          onSubmit={(q) => change({ q: q === "" ? undefined : q })}
        />
        <SegmentedControl
          size="sm"
          className="logs-groups"
          aria-label={t("volume.group_by")}
          value={group}
          onChange={(next) => change({ group: next === "service" ? undefined : next })}
          data={VOLUME_GROUPS.map((value) => ({ value, label: t(`volume.by.${value}`) }))}
        />
      </div>
      {isInvalid ? null : (
        <QueryBoundary
          query={query}
          isEmpty={({ volume }) => volume.groups.length === 0}
          empty={
            <EmptyState
              title={t(asked.query === "" ? "empty.title" : "no_match.title")}
              text={t(asked.query === "" ? "empty.text" : "no_match.text")}
              sendData={asked.query === ""}
            />
          }
        >
          {({ volume, groupBy }) => <Shown volume={volume} group={groupBy} asked={asked} />}
        </QueryBoundary>
      )}
    </Page>
  );
}

function useNameOf(group: VolumeGroupBy): (row: VolumeGroup) => string {
  const { t } = useTranslation("logs");
  return useMemo(
    () => (row) => {
      if (group === "status") {
        return t(`status.${knownStatus(row.value)}`);
      }
      const name = group === "pattern" ? (row.pattern ?? row.value) : row.value;
      return name === null || name === "" ? t("facet.no_value") : name;
    },
    [group, t],
  );
}

function Shown({ volume, group, asked }: { volume: Volume; group: VolumeGroupBy; asked: Asked }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const nameOf = useNameOf(group);
  const chart = useMemo(() => volumeSeries(volume, nameOf, t("volume.rest")), [volume, nameOf, t]);
  const cost = volume.total_cost;
  return (
    <Stack gap="md">
      <div className="card">
        <Group gap="xl" mb="xs" className="log-totals">
          <Figure name={t("volume.bytes")} value={format.bytes(volume.total_bytes)} />
          <div>
            <Text size="xs" c="dimmed">
              {t("volume.change")}
            </Text>
            <Change now={volume.total_bytes} before={volume.previous_bytes} />
          </div>
          <Figure name={t("volume.records")} value={format.count(volume.total_records)} />
          {cost === null ? null : (
            <Figure
              name={t("volume.cost")}
              value={moneyText(cost, volume.price?.currency ?? "", format)}
            />
          )}
        </Group>
        <TimeChart
          title={t("volume.over_time")}
          {...chart}
          format={format.bytes}
          unit="bytes"
          kind="stacked-bars"
          height={CHART_HEIGHT}
        />
      </div>
      <Suggestions asked={asked} currency={volume.price?.currency} />
      {volume.truncated ? (
        <Alert variant="light" p="xs">
          {t("volume.truncated", { number: format.count(volume.groups.length) })}
        </Alert>
      ) : null}
      <GroupTable volume={volume} group={group} nameOf={nameOf} />
    </Stack>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} className="num">
        {value}
      </Text>
    </div>
  );
}

interface GroupTableProps {
  volume: Volume;
  group: VolumeGroupBy;
  nameOf: (row: VolumeGroup) => string;
}

function GroupTable({ volume, group, nameOf }: GroupTableProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(
    () => groupColumns(t as Texts, format, volume, group, nameOf),
    [t, format, volume, group, nameOf],
  );
  const open = (row: VolumeGroup) => {
    const q = onlyValue(search.q ?? "", FIELDS[group], row.value);
    void navigate({ to: "/logs", search: { q } as never });
  };
  return (
    <DataTable
      label={t("volume.title")}
      rows={volume.groups}
      columns={columns}
      rowKey={(row) => row.value ?? "\u0000"}
      onOpen={open}
      initialSort={FIRST_SORT}
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName={`log-volume-by-${group}`}
      height={480}
    />
  );
}

function groupColumns(
  t: Texts,
  format: Formats,
  volume: Volume,
  group: VolumeGroupBy,
  nameOf: (row: VolumeGroup) => string,
): Column<VolumeGroup>[] {
  const { price } = volume;
  const cost: Column<VolumeGroup> = {
    key: "cost",
    header: t("volume.cost"),
    value: (row) => row.cost,
    cell: (row) => moneyText(row.cost, price?.currency ?? "", format),
    align: "right",
    width: 120,
  };
  return [
    {
      key: "value",
      header: t(`volume.by.${group}`),
      value: nameOf,
      cell: (row) => (
        <span title={nameOf(row)}>
          {group === "pattern" ? <PatternText pattern={nameOf(row)} /> : nameOf(row)}
        </span>
      ),
      width: 180,
      grow: 1,
    },
    {
      key: "records",
      header: t("volume.records"),
      value: (row) => row.records,
      cell: (row) => format.count(row.records),
      align: "right",
      width: 120,
    },
    {
      key: "bytes",
      header: t("volume.bytes"),
      value: (row) => row.bytes,
      cell: (row) => format.bytes(row.bytes),
      align: "right",
      width: 110,
    },
    {
      key: "share",
      header: t("volume.share"),
      value: (row) => row.share,
      cell: (row) => <ShareBar share={row.share} text={format.percent(100 * row.share)} />,
      width: 150,
    },
    ...(price === null ? [] : [cost]),
    {
      key: "change",
      header: t("volume.change"),
      hint: t("volume.change_hint"),
      value: (row) => changePercent(row.bytes, row.previous_bytes),
      cell: (row) => (
        <span title={t("volume.before", { bytes: format.bytes(row.previous_bytes) })}>
          <Change now={row.bytes} before={row.previous_bytes} />
        </span>
      ),
      align: "right",
      width: 120,
    },
  ];
}
