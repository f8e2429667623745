/** The month so far, and what it is compared with. */
import { useTranslation } from "react-i18next";
import { isZeroMoney } from "@/common/money";
import { useFormat } from "@/design/use-format";
import type { Overview } from "../cost-types";
import { CostCard } from "../marks/CostCard";
import { useValueText } from "../marks/dimensions";
import { Money, MoneyChange, ViewLine } from "../marks/Money";
import { useMonth } from "../marks/use-month";
import { DAY_MS, dayText, monthStart } from "../period";

export function MonthCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const monthName = useMonth();
  const { month, currency, metric } = overview;
  const { from_ms, to_ms, data_until_ms, so_far, same_days_last_month, last_month } = month;
  const days = Math.max(1, Math.round((data_until_ms - from_ms) / DAY_MS));
  const isOver = data_until_ms >= to_ms;
  return (
    <CostCard
      title={t(isOver ? "overview.month" : "overview.month_so_far", { month: monthName(from_ms) })}
    >
      <p className="cost-figure">
        <Money amount={so_far} currency={currency} />
      </p>
      <p>
        <MoneyChange before={same_days_last_month} after={so_far} currency={currency} />
      </p>
      <dl className="cost-facts">
        {isOver ? null : (
          <div>
            <dt>
              {t("overview.same_days", {
                month: monthName(monthStart(from_ms, -1)),
                number: format.count(days),
              })}
            </dt>
            <dd>
              <Money amount={same_days_last_month} currency={currency} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t("overview.last_month", { month: monthName(monthStart(from_ms, -1)) })}</dt>
          <dd>
            <Money amount={last_month} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>{t("overview.data_until")}</dt>
          <dd className="num">{dayText(data_until_ms - 1)}</dd>
        </div>
      </dl>
      <Charges overview={overview} />
      <ViewLine metric={metric} currency={currency} rates={overview.rates} />
    </CostCard>
  );
}

/** Credits, refunds, tax and fees apart from usage. */
function Charges({ overview }: { overview: Overview }) {
  const { t } = useTranslation("cost");
  const valueText = useValueText();
  const charges = overview.month.charges.filter((it) => !isZeroMoney(it.total));
  return charges.length < 2 ? null : (
    <>
      <h3 className="cost-subtitle">{t("overview.charges")}</h3>
      <dl className="cost-facts">
        {charges.map(({ charge, total }) => (
          <div key={charge}>
            <dt>{valueText("charge", charge)}</dt>
            <dd>
              <Money amount={total} currency={overview.currency} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
