/** How far the figures can be trusted: tags, months that changed afterwards, and fresh bills. */
import { Anchor, Badge, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { NO_VALUE } from "@/design/format";
import { useFormat } from "@/design/use-format";
import type { Overview } from "../cost-types";
import { restatedText } from "../imports/restated";
import { CostCard } from "../marks/CostCard";
import { useDimensionText } from "../marks/dimensions";
import { Money, MoneyChange, ShareBar } from "../marks/Money";
import { useMonth } from "../marks/use-month";

type Props = { overview: Overview };

export function TrustCards({ overview }: Props) {
  return (
    <>
      <CoverageCard overview={overview} />
      <RestatementsCard overview={overview} />
      <SourcesCard overview={overview} />
    </>
  );
}

function CoverageCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const dimensionText = useDimensionText();
  const { coverage, currency } = overview;
  return (
    <CostCard
      title={t("overview.coverage")}
      hint={t("overview.coverage_hint")}
      more={
        <Anchor component={Link} to="/cost/allocation">
          {t("overview.worklist")}
        </Anchor>
      }
    >
      {coverage.length === 0 ? (
        <Text size="sm">{t("overview.no_coverage")}</Text>
      ) : (
        <table className="cost-table">
          <thead>
            <tr>
              <th scope="col">{t("overview.tag")}</th>
              <th scope="col">{t("overview.covered_cost")}</th>
              <th scope="col" data-align="right">
                {t("overview.untagged")}
              </th>
            </tr>
          </thead>
          <tbody>
            {coverage.map(({ tag, coverage: share, untagged_cost }) => (
              <tr key={tag}>
                <th scope="row">{dimensionText(tag)}</th>
                <td>{share === null ? NO_VALUE : <ShareBar share={share} />}</td>
                <td data-align="right">
                  <Money amount={untagged_cost} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </CostCard>
  );
}

function RestatementsCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const monthName = useMonth();
  const { restatements } = overview;
  return (
    <CostCard title={t("overview.restatements")} hint={t("overview.restatements_hint")}>
      {restatements.length === 0 ? (
        <Text size="sm">{t("overview.no_restatements")}</Text>
      ) : (
        <ul className="cost-list">
          {restatements.map(({ source, period_start_ms, imported_ms, currency, before, after }) => (
            <li key={`${source} ${period_start_ms} ${imported_ms}`}>
              <Anchor
                component={Link}
                to="/cost/imports"
                search={{ restated: restatedText(source, period_start_ms) } as never}
              >
                {t("overview.restated", { source, month: monthName(period_start_ms) })}
              </Anchor>
              <div className="cost-line">
                <MoneyChange before={before} after={after} currency={currency} />
                <span className="cost-soft" title={format.time(imported_ms)}>
                  {format.ago(imported_ms)}
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </CostCard>
  );
}

function SourcesCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const monthName = useMonth();
  return (
    <CostCard
      title={t("overview.sources")}
      more={
        <Anchor component={Link} to="/cost/imports">
          {t("overview.imports")}
        </Anchor>
      }
    >
      <ul className="cost-list">
        {overview.sources.map((it) => (
          <li key={it.source}>
            <div className="cost-line">
              <strong className="wrap-anywhere">{it.source}</strong>
              {it.stale ? (
                <Badge variant="light" color="orange" size="sm" title={t("overview.stale_hint")}>
                  {t("overview.stale")}
                </Badge>
              ) : null}
            </div>
            <div className="cost-soft num" title={format.time(it.imported_ms)}>
              {t("overview.source_facts", {
                provider: it.provider,
                month: monthName(it.current_period_ms),
                ago: format.ago(it.imported_ms),
                rows: format.count(it.rows),
              })}
            </div>
          </li>
        ))}
      </ul>
    </CostCard>
  );
}
