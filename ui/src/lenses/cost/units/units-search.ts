/** What the URL of this page holds. */
import { type RawSearch, searchText } from "@/common/search";
import { type CostSearch, present, validateCost } from "../cost-search";

export interface UnitsSearch extends CostSearch {
  /** The business metric that cost is divided by. */
  per?: string | undefined;
  /** The dimension that both are told apart by; all together when absent. */
  by?: string | undefined;
  sort?: string | undefined;
}

export function validateUnits(search: RawSearch): UnitsSearch {
  return present({
    ...validateCost(search),
    per: searchText(search["per"]),
    by: searchText(search["by"]),
    sort: searchText(search["sort"]),
  });
}
