/** The same month as other views count it, what commitments covered, and what networks cost. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { compareMoney, isZeroMoney, moneyNumber, moneyShare, subtractMoney } from "@/common/money";
import { NO_VALUE } from "@/design/format";
import { useFormat } from "@/design/use-format";
import type { Overview } from "../cost-types";
import { CostCard } from "../marks/CostCard";
import { Money } from "../marks/Money";
import { ValueLink } from "./MoversCard";

type Props = { overview: Overview };

export function BreakdownCards({ overview }: Props) {
  return (
    <>
      <ViewsCard overview={overview} />
      <CommitmentsCard overview={overview} />
      <NetworkCard overview={overview} />
    </>
  );
}

const VIEWS = ["list", "contracted", "effective", "net_effective", "billed"] as const;

function ViewsCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const { views, currency, metric } = overview;
  const widest = Math.max(...VIEWS.map((it) => moneyNumber(views[it])));
  const saved = subtractMoney(views.list, views.effective);
  const share = moneyShare(saved, views.list);
  return (
    <CostCard title={t("overview.views")} hint={t("overview.views_hint")}>
      <table className="cost-table">
        <tbody>
          {VIEWS.map((view) => (
            <tr key={view} data-chosen={view === metric}>
              <th scope="row" title={t(`metric_hint.${view}`)}>
                {t(`metric.${view}`)}
              </th>
              <td className="cost-bar-cell" aria-hidden>
                <Bar part={moneyNumber(views[view])} whole={widest} />
              </td>
              <td data-align="right">
                <Money amount={views[view]} currency={currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {share === null || compareMoney(saved, "0") <= 0 ? null : (
        <Text size="sm" mt="xs" className="num">
          {t("overview.saved")} <Money amount={saved} currency={currency} /> (
          {format.percent(share * 100)})
        </Text>
      )}
    </CostCard>
  );
}

function Bar({ part, whole }: { part: number; whole: number }) {
  const percent = whole > 0 ? Math.max(0, (part / whole) * 100) : 0;
  return (
    <span className="cost-bar">
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}

function CommitmentsCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const { commitments, currency } = overview;
  if (isZeroMoney(commitments.used) && isZeroMoney(commitments.unused)) {
    return null;
  }
  const { used, unused, covered_share } = commitments;
  return (
    <CostCard title={t("overview.commitments")} hint={t("overview.commitments_hint")}>
      <dl className="cost-facts">
        <div>
          <dt>{t("overview.used")}</dt>
          <dd>
            <Money amount={used} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>{t("overview.unused")}</dt>
          <dd className={isZeroMoney(unused) ? undefined : "cost-wrong"}>
            <Money amount={unused} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>{t("overview.covered")}</dt>
          <dd className="num">
            {covered_share === null ? NO_VALUE : format.percent(covered_share * 100)}
          </dd>
        </div>
      </dl>
    </CostCard>
  );
}

function NetworkCard({ overview }: Props) {
  const { t } = useTranslation("cost");
  const network = overview.network.filter((it) => it.kind !== "none" && !isZeroMoney(it.total));
  const widest = Math.max(0, ...network.map((it) => moneyNumber(it.total)));
  return network.length === 0 ? null : (
    <CostCard title={t("overview.network")} hint={t("overview.network_hint")}>
      <table className="cost-table">
        <tbody>
          {network.map(({ kind, total }) => (
            <tr key={kind}>
              <th scope="row">
                <ValueLink overview={overview} dimension="network" value={kind} />
              </th>
              <td className="cost-bar-cell" aria-hidden>
                <Bar part={moneyNumber(total)} whole={widest} />
              </td>
              <td data-align="right">
                <Money amount={total} currency={overview.currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </CostCard>
  );
}
