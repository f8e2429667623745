/** What the URLs of the cost lens hold. */
import { type RawSearch, searchChoice, searchFlag, searchList, searchText } from "@/common/search";

/** Views of cost: what an amount counts. */
export const METRICS = [
  "effective",
  "billed",
  "net_effective",
  "net_billed",
  "contracted",
  "list",
] as const;
export type Metric = (typeof METRICS)[number];
/** Without purchases that are paid at once and used for years: what teams are shown first. */
export const FIRST_METRIC: Metric = "effective";

export const GRANULARITIES = ["hour", "day", "week", "month"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** Kinds of charges that can be left out. */
export const CHARGES = ["tax", "credit", "refund", "fee"] as const;
export type Charge = (typeof CHARGES)[number];

/** What every page of the lens understands, and what goes along from page to page. */
export interface CostSearch {
  /** A name, or days as `2026-10-01..2026-10-31`; see `period.ts`. */
  period?: string | undefined;
  metric?: Metric | undefined;
  /** ISO 4217; without it the server chooses. */
  currency?: string | undefined;
}

export interface ExploreSearch extends CostSearch {
  /** Dimensions, the outermost first. */
  by?: string[] | undefined;
  /** See `explorer/filters.ts`. */
  f?: string[] | undefined;
  /** Charges that are left out. */
  without?: Charge[] | undefined;
  every?: Granularity | undefined;
  view?: "treemap" | undefined;
  /** What the columns of the table are: time, when absent. */
  columns?: "dimension" | "none" | undefined;
  sort?: string | undefined;
  /** Only the largest changes, or only the largest amounts, are asked for. */
  largest?: "change" | undefined;
}

export interface ImportsSearch {
  source?: string | undefined;
  /** The month whose restatement is open, with its source: `aws 2026-10`. */
  restated?: string | undefined;
  /** How a bill is being brought in; the form is open. */
  add?: "upload" | "location" | undefined;
  /** The document of the source that is edited; `new` is one that is not saved yet. */
  edit?: string | undefined;
  /** Snapshots that have been superseded are listed too. */
  all?: true | undefined;
}

const DIMENSIONS_MAX = 3;

/** Parameters without a value are left out, so that links stay short. */
export function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

export function validateCost(search: RawSearch): CostSearch {
  return present({
    period: searchText(search["period"]),
    metric: searchChoice(search["metric"], METRICS),
    currency: searchText(search["currency"]),
  });
}

export function validateExplore(search: RawSearch): ExploreSearch {
  const by = [...new Set(searchList(search["by"]))].slice(0, DIMENSIONS_MAX);
  const without = CHARGES.filter((it) => searchList(search["without"])?.includes(it));
  return present({
    ...validateCost(search),
    by: by.length === 0 ? undefined : by,
    f: searchList(search["f"]),
    without: without.length === 0 ? undefined : without,
    every: searchChoice(search["every"], GRANULARITIES),
    view: searchChoice(search["view"], ["treemap"] as const),
    columns: searchChoice(search["columns"], ["dimension", "none"] as const),
    sort: searchText(search["sort"]),
    largest: searchChoice(search["largest"], ["change"] as const),
  });
}

export function validateImports(search: RawSearch): ImportsSearch {
  return present({
    source: searchText(search["source"]),
    restated: searchText(search["restated"]),
    add: searchChoice(search["add"], ["upload", "location"] as const),
    edit: searchText(search["edit"]),
    all: searchFlag(search["all"]),
  });
}

/** What goes along to another page of the lens. */
export function shared({ period, metric, currency }: CostSearch): CostSearch {
  return present({ period, metric, currency });
}
