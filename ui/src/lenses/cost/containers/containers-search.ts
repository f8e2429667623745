/** What the URL of this page holds. */
import { type RawSearch, searchText } from "@/common/search";
import { type CostSearch, present, validateCost } from "../cost-search";

export interface ContainersSearch extends CostSearch {
  sort?: string | undefined;
}

export function validateContainers(search: RawSearch): ContainersSearch {
  return present({ ...validateCost(search), sort: searchText(search["sort"]) });
}
