/** Amounts of one currency, written for the person who is signed in. */
import { useMemo } from "react";
import { exactMoney, formatMoneyText, type MoneyText } from "@/common/money";
import { NO_VALUE } from "@/design/format";
import { useDisplaySettings } from "@/shell/display-settings";

type Amount = MoneyText | null | undefined;

export function bindMoney(language: "ko" | "en", currency: string) {
  const write = (amount: Amount, more: object) =>
    formatMoneyText(amount, { language, currency, ...more });
  return {
    currency,
    text: (amount: Amount) => write(amount, {}),
    /** For narrow places: $1.23M. */
    compact: (amount: Amount) => write(amount, { compact: true }),
    /** A difference, with its sign. */
    signed: (amount: Amount) => write(amount, { signed: true }),
    /** Where an estimate may lie. */
    range: (low: Amount, high: Amount) => `${write(low, {})} – ${write(high, {})}`,
    /** Every digit. */
    exact: (amount: Amount) =>
      amount === null || amount === undefined ? NO_VALUE : exactMoney(amount, currency),
    /** For ticks of charts, which are floats. */
    tick: (value: number) => write(value.toFixed(6), { compact: true }),
  };
}

export type MoneyFormats = ReturnType<typeof bindMoney>;

export function useMoney(currency: string): MoneyFormats {
  const { language } = useDisplaySettings().resolved;
  return useMemo(() => bindMoney(language, currency), [language, currency]);
}
