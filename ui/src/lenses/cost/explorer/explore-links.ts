/** Ways into the explorer: what a figure elsewhere is made of. */
import { type CostSearch, type ExploreSearch, present, shared } from "../cost-search";
import { daysText } from "../period";
import { termText } from "./filters";

interface Wanted {
  fromMs: number;
  toMs: number;
  by?: readonly string[];
  /** Dimensions and their values; null is what has none. */
  filters?: readonly (readonly [dimension: string, value: string | null])[];
}

/** The search of the explorer, with the view and the currency of the page that one comes from. */
export function exploreSearch(from: CostSearch, wanted: Wanted): ExploreSearch {
  const { fromMs, toMs, by, filters = [] } = wanted;
  const f = filters.map(([dimension, value]) => termText({ dimension, value, exclude: false }));
  return present({
    ...shared(from),
    period: daysText(fromMs, toMs),
    by: by === undefined ? undefined : [...by],
    f: f.length === 0 ? undefined : f,
  });
}
