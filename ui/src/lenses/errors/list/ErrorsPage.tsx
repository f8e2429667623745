/** What broke: errors grouped into issues, the most frequent first. */
import { Alert, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { ErrorsNav } from "../ErrorsNav";
import {
  type ErrorIssues,
  type IssueOrder,
  issuesQuery,
  type Scope,
  serviceNamesQuery,
} from "../errors-api";
import { IssuePanel } from "../issue/IssuePanel";
import { STATES } from "../routes";
import { issueColumns, type Texts } from "./columns";
import "../errors.css";

const route = getRouteApi("/shell/errors");
const FIRST_STATE = "unresolved";
const FIRST_SORT = { key: "count", descending: true };
const ORDERS: readonly string[] = ["count", "last_seen", "first_seen"] satisfies IssueOrder[];
const TYPING_MS = 300;

export default function ErrorsPage() {
  const { t } = useTranslation("errors");
  const search = route.useSearch();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const scope = useMemo(() => ({ fromMs, toMs, environment }), [fromMs, toMs, environment]);
  const state = search.state ?? FIRST_STATE;
  const key = readSort(search.sort)?.key ?? FIRST_SORT.key;
  const order = (ORDERS.includes(key) ? key : FIRST_SORT.key) as IssueOrder;
  const query = useQuery(
    issuesQuery({ ...scope, service: search.service, state, words: search.q, order }),
  );
  const isFiltered = search.service !== undefined || search.q !== undefined;
  return (
    <Page title={t("title")} header={<ErrorsNav />}>
      <Filters scope={scope} />
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.issues.length === 0}
        empty={
          <EmptyState
            title={t(isFiltered ? "empty.no_match" : `empty.title_${state}`)}
            text={t(isFiltered ? "empty.no_match_text" : "empty.text")}
          />
        }
      >
        {(data) => <IssueList data={data} />}
      </QueryBoundary>
      <IssuePanel scope={scope} />
    </Page>
  );
}

function Filters({ scope }: { scope: Scope }) {
  const { t } = useTranslation("errors");
  const search = route.useSearch();
  const change = useSearchChange();
  const { data: names = [] } = useQuery(serviceNamesQuery(scope));
  // A service without requests in the time range can still be the one in the address.
  const services = [...new Set([...names, ...(search.service ? [search.service] : [])])].sort();
  return (
    <div className="error-filters">
      <SegmentedControl
        size="sm"
        className="error-states"
        aria-label={t("filter.state")}
        value={search.state ?? FIRST_STATE}
        onChange={(next) => change({ state: next === FIRST_STATE ? undefined : next })}
        data={STATES.map((value) => ({ value, label: t(`filter.states.${value}`) }))}
      />
      <Select
        size="sm"
        w={180}
        aria-label={t("filter.service")}
        placeholder={t("filter.all_services")}
        searchable
        clearable
        allowDeselect
        clearButtonProps={{ "aria-label": t("filter.all_services") }}
        data={services}
        value={search.service ?? null}
        onChange={(next) => change({ service: next ?? undefined })}
      />
      <WordsInput
        words={search.q ?? ""}
        onChange={(next) => change({ q: next === "" ? undefined : next }, true)}
      />
    </div>
  );
}

/** Asks once the typing pauses. */
function WordsInput({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const { t } = useTranslation("errors");
  const [typed, setTyped] = useState(words);
  const write = useDebouncedCallback(onChange, TYPING_MS);
  useEffect(() => setTyped(words), [words]);
  return (
    <TextInput
      size="sm"
      className="error-words"
      aria-label={t("filter.words")}
      placeholder={t("filter.words")}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        write(event.currentTarget.value);
      }}
    />
  );
}

function IssueList({ data }: { data: ErrorIssues }) {
  const { t } = useTranslation("errors");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const columns = useMemo(() => issueColumns(t as unknown as Texts, format), [t, format]);
  const keyOf = (service: string | undefined, fingerprint: string | undefined) =>
    JSON.stringify([service, fingerprint]);
  return (
    <Stack gap="xs">
      {data.truncated ? (
        <Alert variant="light" p="xs">
          {t("truncated", {
            shown: format.count(data.issues.length),
            total: format.count(data.total),
          })}
        </Alert>
      ) : null}
      <DataTable
        label={t("title")}
        rows={data.issues}
        columns={columns}
        rowKey={(row) => keyOf(row.service, row.fingerprint)}
        onOpen={(row) => change({ issue: row.fingerprint, issue_service: row.service })}
        openedKey={keyOf(search.issue_service ?? "", search.issue)}
        initialSort={FIRST_SORT}
        sort={readSort(search.sort)}
        onSortChange={(sort) => change({ sort: sortText(sort) }, true)}
        csvName="error-issues"
        height="fill"
      />
    </Stack>
  );
}
