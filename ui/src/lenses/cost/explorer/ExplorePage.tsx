/** Any question about the bill: grouped, narrowed down, over time, compared, exported. */
import { Button, SegmentedControl, Stack } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { useSearchChange } from "@/common/use-search-change";
import { CostBoundary } from "../CostBoundary";
import { CostPage } from "../CostPage";
import { CostChart } from "../charts/CostChart";
import { useCost } from "../cost-context";
import type { Exploration } from "../cost-types";
import { KnownMissing } from "../marks/KnownMissing";
import { Money, MoneyChange, ViewLine } from "../marks/Money";
import { daysText } from "../period";
import { Controls } from "./Controls";
import { FilterBar } from "./FilterBar";
import { withFilter } from "./filters";
import { foldSeries } from "./fold";
import { PivotTable } from "./PivotTable";
import { dimensionsOf, granularityOf, nextDimensions } from "./request";
import { Treemap } from "./Treemap";
import { useExplore, useRowText } from "./use-explore";

const route = getRouteApi("/shell/cost/explore");

export default function ExplorePage() {
  const { t } = useTranslation("cost");
  return (
    <CostPage title={t("explore.title")}>
      <Explorer />
    </CostPage>
  );
}

function Explorer() {
  const { t } = useTranslation("cost");
  const { query } = useExplore();
  return (
    <Stack gap="md">
      <Controls />
      <FilterBar />
      <CostBoundary
        query={query}
        isEmpty={(answer) => answer.rows.length === 0}
        empty={<EmptyState title={t("explore.nothing")} text={t("explore.nothing_text")} />}
      >
        {(answer) => (
          <div className="cost-answer" aria-busy={query.isPlaceholderData}>
            <Answer answer={answer} />
          </div>
        )}
      </CostBoundary>
    </Stack>
  );
}

function Answer({ answer }: { answer: Exploration }) {
  const { t } = useTranslation("cost");
  const search = route.useSearch();
  const change = useSearchChange();
  const { period } = useCost();
  const rowText = useRowText();
  const narrow = useNarrow();
  const series = useMemo(
    () => foldSeries(answer, rowText, t("explore.all_others")),
    [answer, rowText, t],
  );
  return (
    <Stack gap="md">
      <Head answer={answer} />
      <KnownMissing missing={answer.missing} />
      <div className="card">
        <CostChart
          title={t("explore.over_time")}
          bucketsMs={answer.bucket_ms}
          granularity={granularityOf(search, period)}
          series={series}
          currency={answer.currency}
          height={260}
          onZoom={(fromMs, toMs) =>
            change({
              period: daysText(Math.max(fromMs, period.fromMs), Math.min(toMs, period.toMs)),
              every: undefined,
            })
          }
        />
      </div>
      <ViewChoice />
      {search.view === "treemap" ? (
        <div className="card">
          <Treemap
            label={t("explore.treemap")}
            answer={answer}
            nameOf={rowText}
            onOpen={(row) => narrow(row.keys, dimensionsOf(search))}
          />
        </div>
      ) : (
        <PivotTable answer={answer} onOpen={narrow} />
      )}
    </Stack>
  );
}

function Head({ answer }: { answer: Exploration }) {
  const { t } = useTranslation("cost");
  const { currency, total, before_total, metric, rates, sql } = answer;
  return (
    <div className="cost-head">
      <div>
        <p className="cost-figure">
          <Money amount={total} currency={currency} />
        </p>
        <p className="cost-soft num">
          {t("explore.before")} <Money amount={before_total} currency={currency} />{" "}
          <MoneyChange before={before_total} after={total} currency={currency} />
        </p>
        <ViewLine metric={metric} currency={currency} rates={rates} />
      </div>
      <Button
        component={Link}
        to="/query"
        search={{ q: sql } as never}
        variant="default"
        leftSection={<IconTerminal2 size={16} aria-hidden />}
      >
        {t("explore.sql")}
      </Button>
    </div>
  );
}

function ViewChoice() {
  const { t } = useTranslation("cost");
  const { view } = route.useSearch();
  const change = useSearchChange();
  return (
    <SegmentedControl
      size="sm"
      className="cost-choice"
      aria-label={t("explore.view")}
      data={["table", "treemap"].map((value) => ({ value, label: t(`explore.${value}`) }))}
      value={view ?? "table"}
      onChange={(next) => change({ view: next === "table" ? undefined : next })}
    />
  );
}

/** Looks at one row only, by what explains it. */
function useNarrow() {
  const { f } = route.useSearch();
  const change = useSearchChange();
  return useCallback(
    (keys: readonly (string | null)[], dimensions: readonly string[]) => {
      const filters = dimensions.reduce<string[]>(
        (texts, dimension, at) =>
          withFilter(texts, { dimension, values: [keys[at] ?? null], exclude: false }),
        f ?? [],
      );
      change({ f: filters, by: nextDimensions(dimensions), columns: undefined, sort: undefined });
    },
    [f, change],
  );
}
