/** Amounts are exact, and are written as people of each language write them. */
import { expect, it } from "vitest";
import {
  addMoney,
  compareMoney,
  exactMoney,
  formatMoneyText,
  moneyChange,
  moneyShare,
  moneyText,
  moneyUnits,
  subtractMoney,
} from "./money";

const en = (amount: string | null, currency = "USD", more = {}) =>
  formatMoneyText(amount, { language: "en", currency, ...more });
const ko = (amount: string, currency = "KRW", more = {}) =>
  formatMoneyText(amount, { language: "ko", currency, ...more });

it("sums are exact where floats are not", () => {
  expect(addMoney(["0.1", "0.2"])).toBe("0.3");
  expect(addMoney(Array.from({ length: 10 }, () => "0.000000000001"))).toBe("0.00000000001");
  expect(addMoney(["9007199254740993", "0.000000000001"])).toBe("9007199254740993.000000000001");
  expect(addMoney([])).toBe("0");
  expect(subtractMoney("4064.483132", "4195.957109")).toBe("-131.473977");
});

it("every way to write a decimal is read, and rounded half to even past the twelfth place", () => {
  expect(moneyUnits("-1.5")).toBe(-1_500_000_000_000n);
  expect(moneyText(moneyUnits(".5"))).toBe("0.5");
  expect(moneyText(moneyUnits("1.2E-7"))).toBe("0.00000012");
  expect(moneyText(moneyUnits("3e2"))).toBe("300");
  expect(moneyText(moneyUnits("0.0000000000005"))).toBe("0");
  expect(moneyText(moneyUnits("0.0000000000015"))).toBe("0.000000000002");
  expect(moneyText(moneyUnits("-0.0"))).toBe("0");
});

it.each(["", ".", "-", "1,000", "NaN", "0x10", "1 2"])("%j is no amount", (text) => {
  expect(() => moneyUnits(text)).toThrow("not a decimal number");
});

it("won have no decimals, dollars two", () => {
  expect(ko("1234567.89")).toBe("₩1,234,568");
  expect(en("1234567.885")).toBe("$1,234,567.89");
  expect(en("1234567", "KRW")).toBe("₩1,234,567");
  expect(ko("-12.3", "USD")).toBe("-US$12.30");
  expect(en("0")).toBe("$0.00");
  expect(en(null)).toBe("–");
});

it("of tiny amounts the digits that matter are shown", () => {
  expect(en("0.000235641")).toBe("$0.000236");
  expect(en("-0.0451")).toBe("-$0.0451");
  expect(en("0.1")).toBe("$0.10");
  expect(ko("0.4213")).toBe("₩0.421");
  expect(ko("3.6")).toBe("₩4");
});

it("amounts beyond what a float holds keep their digits", () => {
  expect(en("12345678901234567.89")).toBe("$12,345,678,901,234,567.89");
});

it("narrow places get short amounts, and differences their sign", () => {
  expect(en("1234567", "USD", { compact: true })).toBe("$1.23M");
  expect(ko("123456789", "KRW", { compact: true })).toBe("₩1.23억");
  expect(en("12.5", "USD", { signed: true })).toBe("+$12.50");
  expect(en("0", "USD", { signed: true })).toBe("$0.00");
});

it("a virtual currency is named after the number", () => {
  expect(en("12.5", "Tokens")).toBe("12.5 Tokens");
});

it("shares and changes are told, except of nothing", () => {
  expect(moneyShare("1", "3")).toBe(0.333333);
  expect(moneyShare("2", "3")).toBe(0.666667);
  expect(moneyShare("-2", "3")).toBe(-0.666667);
  expect(moneyShare("-2", "-3")).toBe(0.666667);
  expect(moneyShare("1", "0")).toBeNull();
  expect(moneyChange("100", "125")).toBe(0.25);
  expect(moneyChange("-100", "-50")).toBe(0.5);
  expect(moneyChange("0", "5")).toBeNull();
});

it("amounts are ordered by value", () => {
  expect(["10", "9.99", "-1"].sort(compareMoney)).toEqual(["-1", "9.99", "10"]);
  expect(exactMoney("4195.957109000", "USD")).toBe("4195.957109 USD");
});
