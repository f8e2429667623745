/**
 * The frame of a page of the lens: its tabs, what is shown, and how to bring the first bill. What
 * is inside asks `useCost()` for days, view of cost and currency.
 */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { Page } from "@/common/Page";
import { CostNav } from "./CostNav";
import { snapshotsQuery } from "./cost-api";
import { billSpan, CostContext, type CostContextValue } from "./cost-context";
import { type CostSearch, FIRST_METRIC } from "./cost-search";
import { FirstBill } from "./FirstBill";
import { PeriodPicker } from "./marks/PeriodPicker";
import { CurrencyPicker, MetricPicker } from "./marks/pickers";
import { readPeriod } from "./period";
import "./cost.css";

interface CostPageProps {
  title: string;
  actions?: ReactNode;
  /** Which of the pickers the page follows. */
  follows?: "view" | "view and period";
  children: ReactNode;
}

export function CostPage({ title, actions, follows = "view and period", children }: CostPageProps) {
  const query = useQuery(snapshotsQuery);
  const context = useCostSearch(query.data);
  if (query.data === undefined) {
    return (
      <Page title={title} header={<CostNav />}>
        {query.error === null ? (
          <Loading />
        ) : (
          <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Page>
    );
  }
  if (context === undefined) {
    return (
      <Page title={title} header={<CostNav />}>
        <FirstBill />
      </Page>
    );
  }
  return (
    <CostContext value={context}>
      <Page title={title} header={<CostNav />} actions={actions}>
        <div className="cost-pickers screen-only">
          {follows === "view" ? null : <PeriodPicker />}
          <MetricPicker />
          <CurrencyPicker />
        </div>
        {children}
      </Page>
    </CostContext>
  );
}

function useCostSearch(
  snapshots: Parameters<typeof billSpan>[0] | undefined,
): CostContextValue | undefined {
  const { period, metric = FIRST_METRIC, currency } = useSearch({ strict: false }) as CostSearch;
  const span = useMemo(
    () => (snapshots === undefined ? undefined : billSpan(snapshots, Date.now())),
    [snapshots],
  );
  return useMemo(
    () =>
      span === undefined
        ? undefined
        : { ...span, period: readPeriod(period, span.dataUntilMs), metric, currency },
    [span, period, metric, currency],
  );
}
