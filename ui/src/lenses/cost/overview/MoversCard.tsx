/** Who spends, and what changed most; each row leads to what it is made of. */
import { Anchor, Button, Text } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CostSearch } from "../cost-search";
import type { Overview } from "../cost-types";
import { exploreSearch } from "../explorer/explore-links";
import { nextDimensions } from "../explorer/request";
import { CostCard } from "../marks/CostCard";
import { useDimensionText, useValueText } from "../marks/dimensions";
import { Money, MoneyChange } from "../marks/Money";

const MOVERS_SHOWN = 8;

export function TeamsCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation("cost");
  const { teams, month, currency } = overview;
  const dimensionText = useDimensionText();
  const search = useSearch({ strict: false }) as CostSearch;
  if (teams.rows.every(({ value }) => value === null)) {
    return (
      <CostCard title={t("overview.teams")}>
        <Text size="sm">{t("overview.no_teams")}</Text>
        <Button
          component={Link}
          to="/cost/allocation"
          variant="default"
          className="cost-way-button"
        >
          {t("overview.allocate")}
        </Button>
      </CostCard>
    );
  }
  const dimension = teams.tag;
  const span = { fromMs: month.from_ms, toMs: month.to_ms };
  return (
    <CostCard
      title={t("overview.teams_by", { dimension: teams.tag.replace(/^(tag|virtual):/, "") })}
      more={
        <Anchor
          component={Link}
          to="/cost/explore"
          search={exploreSearch(search, { ...span, by: [dimension] }) as never}
        >
          {t("overview.all")}
        </Anchor>
      }
    >
      <table className="cost-table">
        <thead>
          <tr>
            <th scope="col">{dimensionText(dimension)}</th>
            <th scope="col" data-align="right">
              {t("overview.so_far")}
            </th>
            <th scope="col" data-align="right">
              {t("overview.against_last_month")}
            </th>
          </tr>
        </thead>
        <tbody>
          {teams.rows.map(({ value, so_far, same_days_last_month }) => (
            <tr key={value}>
              <td>
                <ValueLink overview={overview} dimension={dimension} value={value} />
              </td>
              <td data-align="right">
                <Money amount={so_far} currency={currency} />
              </td>
              <td data-align="right">
                <MoneyChange before={same_days_last_month} after={so_far} currency={currency} />
              </td>
            </tr>
          ))}
          {teams.others === null ? null : (
            <tr>
              <td className="cost-soft">{t("overview.other_teams")}</td>
              <td data-align="right">
                <Money amount={teams.others.so_far} currency={currency} />
              </td>
              <td data-align="right">
                <MoneyChange
                  before={teams.others.same_days_last_month}
                  after={teams.others.so_far}
                  currency={currency}
                />
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </CostCard>
  );
}

export function MoversCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation("cost");
  const dimensionText = useDimensionText();
  const { currency } = overview;
  const movers = overview.movers.slice(0, MOVERS_SHOWN);
  return (
    <CostCard title={t("overview.movers")} hint={t("overview.movers_hint")}>
      {movers.length === 0 ? (
        <Text size="sm">{t("overview.no_movers")}</Text>
      ) : (
        <table className="cost-table">
          <thead>
            <tr>
              <th scope="col">{t("overview.what")}</th>
              <th scope="col" data-align="right">
                {t("overview.so_far")}
              </th>
              <th scope="col" data-align="right">
                {t("overview.against_last_month")}
              </th>
            </tr>
          </thead>
          <tbody>
            {movers.map(({ dimension, value, before, after }) => (
              <tr key={`${dimension} ${value}`}>
                <td>
                  <ValueLink overview={overview} dimension={dimension} value={value} />
                  <div className="cost-soft">{dimensionText(dimension)}</div>
                </td>
                <td data-align="right">
                  <Money amount={after} currency={currency} />
                </td>
                <td data-align="right">
                  <MoneyChange before={before} after={after} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </CostCard>
  );
}

interface ValueLinkProps {
  overview: Overview;
  dimension: string;
  value: string | null;
}

/** To the explorer, narrowed down to the value and grouped by what explains it. */
export function ValueLink({ overview, dimension, value }: ValueLinkProps): ReactNode {
  const valueText = useValueText();
  const search = useSearch({ strict: false }) as CostSearch;
  const { from_ms, to_ms } = overview.month;
  const wanted = {
    fromMs: from_ms,
    toMs: to_ms,
    by: nextDimensions([dimension]),
    filters: [[dimension, value] as const],
  };
  return (
    <Anchor
      component={Link}
      to="/cost/explore"
      search={exploreSearch(search, wanted) as never}
      className="wrap-anywhere"
    >
      {valueText(dimension, value)}
    </Anchor>
  );
}
