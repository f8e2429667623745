/** Answers of the API of cost, by the names that the pages use. Amounts are decimal texts. */
import type { Schemas } from "@/api/client";

export type CurrencyTotals = Schemas["CurrencySums"];
export type SnapshotSummary = Schemas["SnapshotSummary"];
export type ImportJob = Schemas["ImportJob"];
export type ImportStart = Schemas["ImportWanted"];
export type RestatementRow = Schemas["Restatement"];
export type CostDimension = Schemas["CostDimension"];
export type DimensionValue = Schemas["DimensionValue"];
export type CostMissing = Schemas["CostMissing"];
export type UsedRate = Schemas["ExchangeRate"];
/** A filter of the explorer's, which always says whether it excludes. */
export type ExploreFilter = Required<Schemas["CostFilter"]>;
export type ExploreRequest = Schemas["CostExploreRequest"];
export type ExploreRow = Schemas["CostExplorationRow"];
export type Exploration = Schemas["CostExploration"];
export type Overview = Schemas["CostOverview"];
