/** What is spent this month, by whom, what moved, and how far the figures can be trusted. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CostBoundary } from "../CostBoundary";
import { CostPage } from "../CostPage";
import { overviewQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { FirstBill } from "../FirstBill";
import { KnownMissing } from "../marks/KnownMissing";
import { BreakdownCards } from "./BreakdownCards";
import { DaysCard } from "./DaysCard";
import { MonthCard } from "./MonthCard";
import { MoversCard, TeamsCard } from "./MoversCard";
import { TrustCards } from "./TrustCards";

export default function OverviewPage() {
  const { t } = useTranslation("cost");
  return (
    <CostPage title={t("overview.title")} follows="view">
      <Overview />
    </CostPage>
  );
}

function Overview() {
  const { metric, currency } = useCost();
  const query = useQuery(overviewQuery({ metric, currency }));
  return (
    <CostBoundary query={query} isEmpty={(it) => !it.has_data} empty={<FirstBill />}>
      {(overview) => (
        <div className="cost-answer" aria-busy={query.isPlaceholderData}>
          <Stack gap="md">
            <KnownMissing missing={overview.missing} />
            <div className="cost-top">
              <MonthCard overview={overview} />
              <DaysCard overview={overview} />
            </div>
            <div className="cost-cards">
              <TeamsCard overview={overview} />
              <MoversCard overview={overview} />
              <BreakdownCards overview={overview} />
              <TrustCards overview={overview} />
            </div>
          </Stack>
        </div>
      )}
    </CostBoundary>
  );
}
