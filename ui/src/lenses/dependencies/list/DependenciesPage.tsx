/** Everything outside that services call: how much, how slow, and what the slow calls came to. */
import { Alert, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { type Dependency, dependenciesQuery, THRESHOLD_MS } from "../dependencies-api";
import type { Texts } from "../evidence/headline";
import { LISTED_KINDS } from "../routes";
import { ThresholdInput } from "../ThresholdInput";
import { dependencyColumns } from "./columns";
import "../dependencies.css";

const route = getRouteApi("/shell/dependencies");
const FIRST_SORT = { key: "over", descending: true };

export default function DependenciesPage() {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const kind = search.kind ?? "external";
  const thresholdMs = search.threshold ?? THRESHOLD_MS;
  const query = useQuery(dependenciesQuery({ fromMs, toMs, environment }, kind, thresholdMs));
  return (
    <Page title={t("title")}>
      <div className="dependency-controls">
        <SegmentedControl
          size="sm"
          className="dependency-kinds"
          aria-label={t("kind_label")}
          value={kind}
          onChange={(next) => change({ kind: next === "external" ? undefined : next })}
          data={LISTED_KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))}
        />
        <ThresholdInput
          label={t("threshold.label")}
          valueMs={thresholdMs}
          onChange={(next) => change({ threshold: next === THRESHOLD_MS ? undefined : next })}
        />
      </div>
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.dependencies.length === 0}
        empty={
          <EmptyState
            title={t(`empty.title_${kind}`)}
            text={t("empty.text")}
            sendData={kind === "all"}
          />
        }
      >
        {(data) => (
          <Stack gap="xs">
            {data.truncated ? (
              <Alert variant="light" p="xs">
                {t("truncated", { number: format.count(data.dependencies.length) })}
              </Alert>
            ) : null}
            <DependencyList dependencies={data.dependencies} thresholdMs={thresholdMs} />
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

interface DependencyListProps {
  dependencies: Dependency[];
  thresholdMs: number;
}

function DependencyList({ dependencies, thresholdMs }: DependencyListProps) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const navigate = useNavigate();
  const columns = useMemo(
    () => dependencyColumns(t as unknown as Texts, format, thresholdMs),
    [t, format, thresholdMs],
  );
  const wanted = (search.filter ?? "").toLowerCase();
  const shown = useMemo(
    () =>
      dependencies.filter((row) =>
        [row.name, ...row.callers].some((text) => text.toLowerCase().includes(wanted)),
      ),
    [dependencies, wanted],
  );
  const open = ({ name, kind }: Dependency) =>
    void navigate({
      to: "/dependencies/evidence",
      search: { name, kind, threshold: search.threshold } as never,
    });
  return (
    <DataTable
      label={t("title")}
      rows={shown}
      columns={columns}
      rowKey={(row) => JSON.stringify([row.kind, row.system, row.name])}
      onOpen={open}
      initialSort={FIRST_SORT}
      sort={readSort(search.sort)}
      onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
      csvName="dependencies"
      height="fill"
      empty={<EmptyState title={t("no_match")} />}
      toolbar={
        <TextInput
          size="xs"
          w={220}
          aria-label={t("filter")}
          placeholder={t("filter")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search.filter ?? ""}
          onChange={(event) => change({ filter: event.currentTarget.value }, true)}
        />
      }
    />
  );
}
