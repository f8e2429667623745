/** Tagging hygiene: what cannot be told apart because of its tags, who must fix it, and with what. */
import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconDownload, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { downloadCsv } from "@/common/csv";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useTimeRange } from "@/shell/use-time-range";
import { CatalogNav } from "../CatalogNav";
import { CountedFrom } from "../CountedFrom";
import { catalogQuery, type Hygiene, hygieneQuery, useScope } from "../catalog-api";
import { CSV_COLUMNS, csvLines, type RuleGroup, ruleGroups } from "./hygiene-model";
import { RuleSection } from "./RuleSection";
import { RuleSummary } from "./RuleSummary";
import "@/common/paper/paper.css";
import "../catalog.css";

const route = getRouteApi("/shell/catalog/hygiene");

export default function HygienePage() {
  const { t } = useTranslation("catalog");
  const search = route.useSearch();
  const query = useQuery(hygieneQuery(useScope(), search));
  const groups = useMemo(
    () => (query.data === undefined ? [] : ruleGroups(query.data)),
    [query.data],
  );
  return (
    <Page
      title={t("hygiene.title")}
      header={<CatalogNav team={search.team} />}
      actions={<Actions groups={groups} />}
    >
      <Filters />
      {query.data === undefined ? null : <Context hygiene={query.data} />}
      <QueryBoundary
        query={query}
        isEmpty={({ rules }) => rules.every((it) => it.subjects_checked === 0)}
        empty={
          <EmptyState title={t("hygiene.nothing")} text={t("hygiene.nothing_text")} sendData />
        }
      >
        {(hygiene) => (
          <Stack gap="lg">
            <RuleSummary rules={hygiene.rules} />
            <Groups hygiene={hygiene} groups={groups} />
          </Stack>
        )}
      </QueryBoundary>
    </Page>
  );
}

function Groups({ hygiene, groups }: { hygiene: Hygiene; groups: readonly RuleGroup[] }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { team, rule } = route.useSearch();
  if (groups.length === 0) {
    const key = team === undefined && rule === undefined ? "clean" : "clean_here";
    return <EmptyState title={t(`hygiene.${key}`)} text={t(`hygiene.${key}_text`)} />;
  }
  return (
    <Stack gap="lg">
      {hygiene.truncated ? (
        <Alert variant="light" p="xs">
          {t("hygiene.truncated", { number: format.count(hygiene.findings.length) })}
        </Alert>
      ) : null}
      {groups.map((group) => (
        <RuleSection key={group.rule} group={group} isOfOneTeam={team !== undefined} />
      ))}
    </Stack>
  );
}

function Filters() {
  const { t } = useTranslation("catalog");
  const { team, rule } = route.useSearch();
  const change = useSearchChange();
  const { data: catalog } = useQuery(catalogQuery(useScope(), {}));
  const teams = [...new Set([...(catalog?.teams ?? []), ...(team ? [team] : [])])].sort();
  return (
    <Group gap="xs" className="screen-only">
      <Select
        size="sm"
        w={220}
        aria-label={t("hygiene.team")}
        placeholder={t("filter.all_teams")}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("filter.all_teams") }}
        nothingFoundMessage={t("filter.no_team")}
        data={teams}
        value={team ?? null}
        onChange={(next) => change({ team: next ?? undefined })}
      />
      {rule === undefined ? null : (
        <Button variant="default" onClick={() => change({ rule: undefined })}>
          {t("hygiene.all_rules")}
        </Button>
      )}
    </Group>
  );
}

/** Of what, when, and whose: on paper nothing else tells. */
function Context({ hygiene }: { hygiene: Hygiene }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { team } = route.useSearch();
  const { fromMs, toMs } = useTimeRange();
  return (
    <Stack gap={2}>
      <Text size="sm" className="num">
        {t("hygiene.checked", {
          services: format.count(hygiene.services_checked),
          hosts: format.count(hygiene.hosts_checked),
        })}
      </Text>
      <Text size="sm" c="dimmed" className="num">
        {t("hygiene.context", {
          from: format.time(fromMs, "minute"),
          to: format.time(toMs, "minute"),
          team: team ?? t("hygiene.every_team"),
        })}
      </Text>
      <CountedFrom countedFromMs={hygiene.counted_from_ms} />
    </Stack>
  );
}

function Actions({ groups }: { groups: readonly RuleGroup[] }) {
  const { t } = useTranslation("catalog");
  const download = () =>
    downloadCsv(
      "tagging-hygiene",
      CSV_COLUMNS.map((column) => t(`csv.${column}`)),
      csvLines(groups, {
        rule: (rule) => t(`rule.${rule}.title`),
        level: (level) => t(`level.${level}`),
        kind: (kind) => t(`subject_kind.${kind}`),
        place: (place) => t(`place_short.${place}`),
      }),
    );
  return (
    <Group gap="xs" className="screen-only">
      <Button
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        disabled={groups.length === 0}
        onClick={download}
      >
        {t("hygiene.csv")}
      </Button>
      <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
        {t("hygiene.print")}
      </Button>
    </Group>
  );
}
