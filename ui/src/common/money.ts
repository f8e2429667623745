/**
 * Amounts of money as the API writes them: decimal texts, of at most twelve places. They are added
 * and compared as whole numbers of 10⁻¹², never as floats, so that a total here is that of the bill.
 */
import { NO_VALUE } from "@/design/format";
import { kept } from "@/design/formatters";

/** A decimal number such as `-1234.5`. */
export type MoneyText = string;

const SCALE = 12;
const ONE = 10n ** BigInt(SCALE);
const SIGNIFICANT_DIGITS = 3;
/** Places of an amount in a currency that no list of currencies knows. */
const UNKNOWN_DIGITS = 2;

/** The amount in units of 10⁻¹²; places past the twelfth are rounded half to even. */
export function moneyUnits(text: MoneyText): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || whole + fraction === "") {
    throw new TypeError(`not a decimal number: ${text}`);
  }
  const places = SCALE + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const units = places >= 0 ? digits * 10n ** BigInt(places) : roundedQuotient(digits, -places);
  return sign === "-" ? -units : units;
}

/** `digits` without its last `places`, rounded half to even. */
function roundedQuotient(digits: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places);
  const [quotient, rest] = [digits / divisor, digits % divisor];
  const isUp = rest * 2n > divisor || (rest * 2n === divisor && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** The shortest decimal text of so many 10⁻¹². */
export function moneyText(units: bigint): MoneyText {
  const magnitude = absolute(units);
  const fraction = (magnitude % ONE).toString().padStart(SCALE, "0").replace(/0+$/, "");
  const sign = units < 0n ? "-" : "";
  return `${sign}${magnitude / ONE}${fraction === "" ? "" : `.${fraction}`}`;
}

export function addMoney(amounts: Iterable<MoneyText>): MoneyText {
  let sum = 0n;
  for (const amount of amounts) {
    sum += moneyUnits(amount);
  }
  return moneyText(sum);
}

export function subtractMoney(left: MoneyText, right: MoneyText): MoneyText {
  return moneyText(moneyUnits(left) - moneyUnits(right));
}

/** Negative, zero or positive, as `left` is less than, equal to or more than `right`. */
export function compareMoney(left: MoneyText, right: MoneyText): number {
  const difference = moneyUnits(left) - moneyUnits(right);
  return difference < 0n ? -1 : Number(difference > 0n);
}

export function isZeroMoney(amount: MoneyText): boolean {
  return moneyUnits(amount) === 0n;
}

/** For the length of bars and the order of rows; never for totals. */
export function moneyNumber(amount: MoneyText): number {
  return Number(amount);
}

/** What share of `whole` is `part`, to the nearest millionth; null of nothing. */
export function moneyShare(part: MoneyText, whole: MoneyText): number | null {
  const [units, divisor] = [moneyUnits(part), moneyUnits(whole)];
  if (divisor === 0n) {
    return null;
  }
  const doubled = (2n * absolute(units) * 1_000_000n) / absolute(divisor);
  const millionths = Number((doubled + 1n) / 2n);
  return (units < 0n === divisor < 0n ? millionths : 0 - millionths) / 1_000_000;
}

function absolute(units: bigint): bigint {
  return units < 0n ? -units : units;
}

/** By what share an amount has changed: 0.25 is a quarter more. Null where there was nothing. */
export function moneyChange(before: MoneyText, now: MoneyText): number | null {
  const old = moneyUnits(before);
  return moneyShare(subtractMoney(now, before), moneyText(absolute(old)));
}

export interface MoneyFormat {
  language: "ko" | "en";
  /** ISO 4217, or a virtual currency of a provider. */
  currency: string;
  /** For narrow places: $1.23M, ₩123만. */
  compact?: boolean;
  /** Differences say + as well. */
  signed?: boolean;
}

/** Exact where the browser is: a decimal text is formatted without becoming a float. */
type Digits = { format: (amount: Intl.StringNumericLiteral) => string };

const currencyFormat = kept(
  (language: string, currency: string, options: Intl.NumberFormatOptions) =>
    `${language} ${currency} ${JSON.stringify(options)}`,
  (language, currency, options): Digits & { digits: number } => {
    if (/^[A-Z]{3}$/.test(currency)) {
      const made = new Intl.NumberFormat(language, { style: "currency", currency, ...options });
      return {
        format: (amount) => made.format(amount),
        digits: made.resolvedOptions().maximumFractionDigits ?? UNKNOWN_DIGITS,
      };
    }
    const digits = { maximumFractionDigits: UNKNOWN_DIGITS };
    const made = new Intl.NumberFormat(language, { ...digits, ...options });
    return { format: (amount) => `${made.format(amount)} ${currency}`, digits: UNKNOWN_DIGITS };
  },
);

/**
 * An amount as people read it: won without decimals, dollars with two, and of what is smaller than
 * that the digits that matter.
 */
export function formatMoneyText(amount: MoneyText | null | undefined, format: MoneyFormat): string {
  if (amount === null || amount === undefined) {
    return NO_VALUE;
  }
  const { language, currency } = format;
  const sign = format.signed === true ? ({ signDisplay: "exceptZero" } as const) : {};
  const usual = currencyFormat(language, currency, sign);
  const units = moneyUnits(amount);
  const plain = moneyText(units) as Intl.StringNumericLiteral;
  if (format.compact === true) {
    const short = { notation: "compact", maximumSignificantDigits: SIGNIFICANT_DIGITS } as const;
    return currencyFormat(language, currency, { ...short, ...sign }).format(plain);
  }
  const magnitude = absolute(units);
  const isTiny = magnitude > 0n && magnitude < ONE / 10n ** BigInt(Math.max(0, usual.digits - 1));
  const few = { maximumSignificantDigits: SIGNIFICANT_DIGITS };
  return isTiny
    ? currencyFormat(language, currency, { ...few, ...sign }).format(plain)
    : usual.format(plain);
}

/** Every digit, for hints and for whoever checks against an invoice. */
export function exactMoney(amount: MoneyText, currency: string): string {
  return `${moneyText(moneyUnits(amount))} ${currency}`;
}
