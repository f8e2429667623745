/** What the URLs of the catalog hold. */
import { type RawSearch, searchChoice, searchFlag, searchText } from "@/common/search";

/** Which services are listed; `unseen` are declared and have sent nothing. */
export const KINDS_LISTED = ["all", "declared", "undeclared", "unseen"] as const;
export type KindListed = (typeof KINDS_LISTED)[number];

export const RULES = [
  "undeclared",
  "owner_missing",
  "contact_missing",
  "unseen",
  "environment_missing",
  "environment_none",
  "version_missing",
  "near_duplicate_name",
  "host_environment_missing",
  "host_environment_mixed",
] as const;
export type Rule = (typeof RULES)[number];

export interface CatalogSearch {
  /** Words in the name, the description, the team or a tag. */
  q?: string | undefined;
  team?: string | undefined;
  only?: Exclude<KindListed, "all"> | undefined;
  sort?: string | undefined;
}

export interface EntrySearch {
  /** The definition is open in the editor. */
  edit?: true | undefined;
}

export interface HygieneSearch {
  rule?: Rule | undefined;
  /** Who has to fix it. */
  team?: string | undefined;
}

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

export function validateCatalog(search: RawSearch): CatalogSearch {
  return present({
    q: searchText(search["q"]),
    team: searchText(search["team"]),
    only: searchChoice(search["only"], ["declared", "undeclared", "unseen"] as const),
    sort: searchText(search["sort"]),
  });
}

export function validateEntry(search: RawSearch): EntrySearch {
  return present({ edit: searchFlag(search["edit"]) });
}

export function validateHygiene(search: RawSearch): HygieneSearch {
  return present({
    rule: searchChoice(search["rule"], RULES),
    team: searchText(search["team"]),
  });
}
