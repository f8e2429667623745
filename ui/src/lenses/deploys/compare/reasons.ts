/** Why an endpoint is worse or better, in words: only what the tests found significant and large. */
import { useTranslation } from "react-i18next";
import { type Formats, useFormat } from "@/design/use-format";
import type { EndpointComparison, TestResult } from "../deploys-api";

export type Change = "slower" | "faster" | "more_errors" | "fewer_errors";

export interface Reason {
  change: Change;
  /** Of latency: which quantile. */
  quantile?: "p50" | "p95";
  result: TestResult;
}

function decides(result: TestResult | null): result is TestResult {
  return result?.significant === true && result.relevant;
}

export function reasonsOf({ latency, tail, errors }: EndpointComparison): Reason[] {
  const ratios = [
    { quantile: "p50" as const, result: latency },
    { quantile: "p95" as const, result: tail },
  ].flatMap(({ quantile, result }) =>
    decides(result)
      ? [
          {
            change: result.effect > 1 ? ("slower" as const) : ("faster" as const),
            quantile,
            result,
          },
        ]
      : [],
  );
  const differences = decides(errors)
    ? [
        {
          change: errors.effect > 0 ? ("more_errors" as const) : ("fewer_errors" as const),
          result: errors,
        },
      ]
    : [];
  return [...ratios, ...differences];
}

/** `1.4 (1.2 – 1.7)`, with the unknown end of an interval left open. */
export function ratioText(result: TestResult, format: Formats): string {
  const [low, high] = [result.effect_low, result.effect_high].map((it) => format.number(it));
  return `×${format.number(result.effect)} (${low} – ${high})`;
}

/** `+2.1 (1.5 – 2.8)` percentage points. */
export function pointsText(result: TestResult, format: Formats): string {
  const [low, high] = [result.effect_low, result.effect_high].map((it) =>
    it === null ? format.number(it) : signed(it, format),
  );
  return `${signed(result.effect, format)} (${low} – ${high})`;
}

/** Hundredths are enough of percentage points. */
function signed(value: number, format: Formats): string {
  const rounded = Math.round(value * 100) / 100;
  const sign = rounded > 0 ? "+" : rounded < 0 ? "−" : "";
  return `${sign}${format.number(Math.abs(rounded))}`;
}

/** Below a ten-thousandth only that it is small is of interest. */
export function pValueText(value: number | null, format: Formats): string {
  const least = 0.0001;
  return value !== null && value < least ? `< ${least}` : format.number(value);
}

export function useReasons(): (endpoint: EndpointComparison) => string[] {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  return (endpoint) => {
    const reasons = reasonsOf(endpoint).map(({ change, quantile, result }) => {
      const effect =
        quantile === undefined
          ? t("points", { value: pointsText(result, format) })
          : `${quantile} ${ratioText(result, format)}`;
      return t(`reason.${change}`, { effect, p: pValueText(result.adjusted_p_value, format) });
    });
    const { since_ms } = endpoint;
    return since_ms === null
      ? reasons
      : [...reasons, t("reason.since", { time: format.time(since_ms, "minute") })];
  };
}
