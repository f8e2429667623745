/** What services cost in the time range of the page, by name. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTimeRange } from "@/shell/use-time-range";
import { type ServiceCost, serviceCostsQuery } from "./marks-api";
import { type MoneyFormats, useMoney } from "./use-money";

export interface KnownServiceCosts {
  of: ReadonlyMap<string, ServiceCost>;
  money: MoneyFormats;
}

/** Undefined while nothing is known: dashes would say nothing. */
export function useServiceCosts(): KnownServiceCosts | undefined {
  const { fromMs, toMs } = useTimeRange();
  const period = { fromMs: Math.round(fromMs), toMs: Math.round(toMs) };
  const { data } = useQuery(serviceCostsQuery(period));
  const money = useMoney(data?.currency ?? "");
  return useMemo(() => {
    if (data === undefined || data.rows.length === 0) {
      return undefined;
    }
    return { of: new Map(data.rows.map((row) => [row.service_name, row])), money };
  }, [data, money]);
}
