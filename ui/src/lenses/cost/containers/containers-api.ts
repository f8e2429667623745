/** What containers cost: used, reserved and not used, and idle in the cluster. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { COST, given, type Shown } from "../cost-api";
import type { CostPeriod } from "../period";

export type ClusterCost = Schemas["ClusterCost"];
export type WorkloadCost = Schemas["WorkloadCost"];
export type Sensitivity = Schemas["WeightsSensitivity"];
export type ContainerCosts = Schemas["ContainersAnswer"];

export function containersQuery({ period, metric, currency }: Shown & { period: CostPeriod }) {
  const query = given({ from_ms: period.fromMs, to_ms: period.toMs, metric, currency });
  return queryOptions({
    queryKey: [COST, "containers", query],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/cost/containers", { params: { query }, signal })),
  });
}
