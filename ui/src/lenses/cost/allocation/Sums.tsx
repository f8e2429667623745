/** Every won once: what is given to somebody, shared, idle and nobody's sums to the bill. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { addMoney, isZeroMoney, moneyShare } from "@/common/money";
import { Money, ShareBar } from "../marks/Money";
import type { Allocation } from "./allocation-api";

const PARTS = ["direct", "shared", "idle", "others", "shared_pool", "unallocated"] as const;
/** Said even when they are nothing. */
const ALWAYS = ["direct", "unallocated"];

export function Sums({ allocation }: { allocation: Allocation }) {
  const { t } = useTranslation("cost-allocation");
  const { currency, rows, total, others, unallocated, shared_pool } = allocation;
  const amounts = {
    direct: addMoney(rows.map((row) => row.direct)),
    shared: addMoney(rows.map((row) => row.shared)),
    idle: addMoney([allocation.idle, ...rows.map((row) => row.idle)]),
    others: others?.total ?? "0",
    shared_pool,
    unallocated,
  };
  const shown = PARTS.filter((part) => ALWAYS.includes(part) || !isZeroMoney(amounts[part]));
  return (
    <section className="card allocation-sums" aria-label={t("sums.title")}>
      <dl>
        <div>
          <dt>{t("sums.total")}</dt>
          <dd className="allocation-total">
            <Money amount={total} currency={currency} />
          </dd>
        </div>
        {shown.map((part) => (
          <div key={part}>
            <dt title={t(`sums.${part}_hint`)}>{t(`sums.${part}`)}</dt>
            <dd>
              <Money amount={amounts[part]} currency={currency} />
              <ShareBar share={moneyShare(amounts[part], total) ?? 0} />
            </dd>
          </div>
        ))}
        <div>
          <dt title={t("sums.coverage_hint")}>{t("sums.coverage")}</dt>
          <dd>
            <ShareBar share={allocation.coverage} />
          </dd>
        </div>
      </dl>
      {allocation.checked ? (
        <Text size="xs" c="dimmed">
          {t("sums.checked")}
        </Text>
      ) : null}
    </section>
  );
}
