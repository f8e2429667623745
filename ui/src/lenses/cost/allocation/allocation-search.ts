/** What the URLs of these pages hold. */
import { type RawSearch, searchText } from "@/common/search";
import { type CostSearch, present, validateCost } from "../cost-search";

export interface AllocationSearch extends CostSearch {
  /** The dimension that cost is given to. */
  by?: string | undefined;
  sort?: string | undefined;
}

export function validateAllocation(search: RawSearch): AllocationSearch {
  return present({
    ...validateCost(search),
    by: searchText(search["by"]),
    sort: searchText(search["sort"]),
  });
}
