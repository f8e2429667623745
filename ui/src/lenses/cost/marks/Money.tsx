/** Small marks of the lens: an amount, a difference, a share, and what amounts count. */
import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { compareMoney, type MoneyText, moneyChange, subtractMoney } from "@/common/money";
import { NO_VALUE } from "@/design/format";
import { useFormat } from "@/design/use-format";
import type { UsedRate } from "../cost-types";
import { useMoney } from "./use-money";

interface MoneyProps {
  amount: MoneyText | null | undefined;
  currency: string;
  compact?: boolean;
  signed?: boolean;
}

/** An amount; hovering shows every digit. */
export function Money({ amount, currency, compact = false, signed = false }: MoneyProps) {
  const money = useMoney(currency);
  const write = compact ? money.compact : signed ? money.signed : money.text;
  return (
    <span className="num cost-money" title={money.exact(amount)}>
      {write(amount)}
    </span>
  );
}

interface ChangeProps {
  /** Null when it is not known, as without a rate for that time. */
  before: MoneyText | null;
  after: MoneyText;
  currency: string;
  /** Only by how much, or only by what share. */
  only?: "amount" | "share";
}

/** By how much an amount has changed. More cost is marked: it is what somebody has to explain. */
export function MoneyChange({ before, after, currency, only }: ChangeProps) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const money = useMoney(currency);
  if (before === null) {
    return <span title={t("change.unknown")}>{NO_VALUE}</span>;
  }
  const difference = subtractMoney(after, before);
  const share = moneyChange(before, after);
  const direction = compareMoney(after, before);
  const percent = share === null ? t("change.new") : signedPercent(share, format.percent);
  const text = {
    amount: money.signed(difference),
    share: direction === 0 ? t("change.none") : percent,
  };
  return (
    <span
      className="num cost-change"
      data-direction={direction}
      title={t("change.hint", { before: money.exact(before), after: money.exact(after) })}
    >
      {only === undefined ? `${text.amount} (${text.share})` : text[only]}
    </span>
  );
}

export function signedPercent(share: number, percent: (value: number) => string): string {
  const sign = share > 0 ? "+" : share < 0 ? "-" : "";
  return `${sign}${percent(Math.abs(share) * 100)}`;
}

/** A share as a bar with its number; for coverage, and for parts of a total. */
export function ShareBar({ share, label }: { share: number; label?: string }) {
  const format = useFormat();
  const percent = Math.max(0, Math.min(100, share * 100));
  return (
    <span className="cost-share">
      <span className="cost-share-track" aria-hidden>
        <span style={{ width: `${percent}%` }} />
      </span>
      <span className="num">{label ?? format.percent(share * 100)}</span>
    </span>
  );
}

interface ViewLineProps {
  metric: string;
  currency: string;
  rates?: readonly UsedRate[];
}

/** What the amounts of a page count, and how they were converted. */
export function ViewLine({ metric, currency, rates = [] }: ViewLineProps) {
  const { t } = useTranslation("cost");
  return (
    <p className="cost-view-line num">
      <Tooltip label={t(`metric_hint.${metric}`)} multiline maw={340}>
        <strong>{t(`metric.${metric}`)}</strong>
      </Tooltip>
      <span>{currency}</span>
      {rates.map((it) => (
        <span key={`${it.from} ${it.valid_from}`}>
          {t("rate.used", { from: it.from, to: it.to, rate: it.rate, day: it.valid_from })}
        </span>
      ))}
      <span>{t("days_in_utc")}</span>
    </p>
  );
}
