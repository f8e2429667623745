/** Whose the cost is: the questions of allocation, and the rules that people write. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { COST, given, type Shown } from "../cost-api";
import type { CostPeriod } from "../period";
import type { TagBody } from "./tag-form";

export const TAG_KIND = "cost-virtual-tag";
type Document = Schemas["Document"];
export type AllocatedValue = Schemas["AllocationRow"];
export type WorklistRow = Schemas["AllocationWorklistRow"];
export type SharedPart = Schemas["AllocationSharedPart"];
export type SharedCost = Schemas["AllocationShared"];
export type Allocation = Schemas["AllocationAnswer"];
export type RuleExample = Schemas["RuleExample"];
export type Tried = Schemas["AllocationTry"];

interface Asked extends Shown {
  period: CostPeriod;
}

export function allocationQuery({ period, metric, currency }: Asked, tag: string | undefined) {
  const span = { from_ms: period.fromMs, to_ms: period.toMs };
  const query = given({ ...span, metric, currency, tag: tag ?? "" });
  return queryOptions({
    queryKey: [COST, "allocation", query],
    enabled: tag !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/cost/allocation", { params: { query }, signal })),
  });
}

/** What a tag would do to costs that are there already. */
export function tryTag({ period, metric, currency }: Asked, tag: TagBody): Promise<Tried> {
  const span = { from_ms: period.fromMs, to_ms: period.toMs };
  const body = { ...span, metric, currency: currency ?? null, tag: { ...tag } };
  return answer(api.POST("/api/v1/cost/allocation/try", { body }));
}

export const tagDocumentsQuery = queryOptions({
  queryKey: ["documents", TAG_KIND],
  queryFn: ({ signal }): Promise<Document[]> => {
    const query = { kind: TAG_KIND, deleted: false };
    return answer(api.GET("/api/v1/documents", { params: { query }, signal }));
  },
});
