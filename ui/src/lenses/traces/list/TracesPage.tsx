/** Spans that a search finds, with their traces: a list, where the time goes, slow against fast. */
import { SegmentedControl, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/common/Page";
import { SearchBar } from "@/common/search-bar/SearchBar";
import { useSearchChange } from "@/common/use-search-change";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { ComparePage } from "../compare/ComparePage";
import { SEARCH_VIEWS } from "../routes";
import { TimePage } from "../time/TimePage";
import { type Asked, histogramQuery } from "../traces-api";
import { MatchHistogram } from "./MatchHistogram";
import { TraceFacets } from "./TraceFacets";
import { TraceIdBox } from "./TraceIdBox";
import { TraceList } from "./TraceList";
import "../traces.css";

const route = getRouteApi("/shell/traces");
const BUCKETS = 60;

function useAsked(): Asked {
  const { q, only } = route.useSearch();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  return useMemo(
    () => ({
      query: q ?? "",
      only,
      fromMs: Math.round(fromMs),
      toMs: Math.round(toMs),
      environment,
    }),
    [q, only, fromMs, toMs, environment],
  );
}

export default function TracesPage() {
  const { t } = useTranslation("traces");
  const { view = "list", only } = route.useSearch();
  const change = useSearchChange();
  const asked = useAsked();
  const histogram = useQuery(histogramQuery(asked, BUCKETS));
  const setQuery = useCallback(
    (query: string) => change({ q: query === "" ? undefined : query }),
    [change],
  );
  return (
    <Page title={t("title")} actions={<TraceIdBox />}>
      <div className="traces-search">
        <SearchBar
          label={t("search")}
          source="spans"
          value={asked.query}
          error={histogram.error}
          onSubmit={setQuery}
        />
        <SegmentedControl
          size="xs"
          aria-label={t("only.label")}
          value={only ?? "any"}
          onChange={(next) => change({ only: next === "root" ? "root" : undefined })}
          data={[
            { value: "any", label: t("only.any") },
            { value: "root", label: t("only.root") },
          ]}
        />
      </div>
      <MatchHistogram query={histogram} />
      <Tabs
        value={view}
        keepMounted={false}
        onChange={(next) => change({ view: next === "list" ? undefined : next })}
      >
        <Tabs.List>
          {SEARCH_VIEWS.map((it) => (
            <Tabs.Tab key={it} value={it}>
              {t(`tab.${it}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="list" pt="sm">
          <Matches asked={asked} onQuery={setQuery} />
        </Tabs.Panel>
        <Tabs.Panel value="time" pt="sm">
          <TimePage asked={asked} onQuery={setQuery} />
        </Tabs.Panel>
        <Tabs.Panel value="compare" pt="sm">
          <ComparePage asked={asked} onQuery={setQuery} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Matches({ asked, onQuery }: { asked: Asked; onQuery: (query: string) => void }) {
  const { facet } = route.useSearch();
  const change = useSearchChange();
  return (
    <div className="traces-body">
      <TraceFacets
        asked={asked}
        added={facet}
        onQuery={onQuery}
        onAdded={(fields) => change({ facet: fields }, true)}
      />
      <TraceList asked={asked} onQuery={onQuery} />
    </div>
  );
}
