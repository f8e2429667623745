/** Sixty days of cost; those of the month stand out. Dragging leads to the explorer. */
import { Anchor } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { SERIES_COLORS } from "@/design/theme";
import { CostChart } from "../charts/CostChart";
import type { CostSearch } from "../cost-search";
import type { Overview } from "../cost-types";
import { exploreSearch } from "../explorer/explore-links";
import { CostCard } from "../marks/CostCard";
import { useMonth } from "../marks/use-month";

const EARLIER_COLOR = "#8a94a0";

export function DaysCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation("cost");
  const search = useSearch({ strict: false }) as CostSearch;
  const navigate = useNavigate();
  const monthName = useMonth();
  const { days, month, currency } = overview;
  const series = useMemo(() => {
    const amounts = (isOfMonth: boolean) =>
      days.map(({ day_ms, total }) => (day_ms >= month.from_ms === isOfMonth ? total : "0"));
    return [
      { name: monthName(month.from_ms), amounts: amounts(true), color: SERIES_COLORS[0] },
      { name: t("overview.earlier"), amounts: amounts(false), color: EARLIER_COLOR },
    ];
  }, [days, month.from_ms, monthName, t]);
  const open = (fromMs: number, toMs: number) =>
    void navigate({
      to: "/cost/explore",
      search: exploreSearch(search, { fromMs, toMs }) as never,
    });
  return (
    <CostCard
      title={t("overview.by_day", { number: days.length })}
      more={
        <Anchor
          component={Link}
          to="/cost/explore"
          search={exploreSearch(search, { fromMs: month.from_ms, toMs: month.to_ms }) as never}
        >
          {t("overview.explore")}
        </Anchor>
      }
    >
      <CostChart
        title={t("overview.by_day", { number: days.length })}
        isTitleHidden
        bucketsMs={days.map((it) => it.day_ms)}
        granularity="day"
        series={series}
        currency={currency}
        height={240}
        onZoom={open}
      />
    </CostCard>
  );
}
