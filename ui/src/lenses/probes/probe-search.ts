/** What is in the addresses of the pages. It is loaded with the first page, so it is short. */
import {
  type RawSearch,
  searchChoice,
  searchFlag,
  searchNumber,
  searchText,
} from "@/common/search";

/** In the place of an id: a probe that is not saved yet. */
export const NEW_ID = "new";
export const PROBE_STATES = ["active", "paused", "expired", "service_off", "invalid"] as const;
export type ProbeState = (typeof PROBE_STATES)[number];

/** Parameters without a value are left out, so that links stay short. */
function present<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Search;
}

/** What the form of a new probe begins with. */
export interface Prefill {
  service?: string | undefined;
  language?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  module?: string | undefined;
  method?: string | undefined;
}

export interface ProbesSearch extends Prefill {
  state?: ProbeState | undefined;
  sort?: string | undefined;
  /** The service whose clients are open. */
  clients?: string | undefined;
  /** The probe that is edited; `new` is one that is not saved yet. */
  probe?: string | undefined;
  /** With `new`: the probe that it is a copy of. */
  copy?: string | undefined;
}

export function validateProbes(search: RawSearch): ProbesSearch {
  return present({
    service: searchText(search["service"]),
    state: searchChoice(search["state"], PROBE_STATES),
    sort: searchText(search["sort"]),
    clients: searchText(search["clients"]),
    probe: searchText(search["probe"]),
    copy: searchText(search["copy"]),
    language: searchText(search["language"]),
    file: searchText(search["file"]),
    line: searchNumber(search["line"]),
    module: searchText(search["module"]),
    method: searchText(search["method"]),
  });
}

/** What is open beside the list, closed. */
export const CLOSED: { [Name in keyof ProbesSearch]: undefined } = {
  clients: undefined,
  probe: undefined,
  copy: undefined,
  language: undefined,
  file: undefined,
  line: undefined,
  module: undefined,
  method: undefined,
};

export interface ProbeSearch {
  /** The snapshot that is open beside the list. */
  snapshot?: string | undefined;
  edit?: true | undefined;
  sort?: string | undefined;
}

export function validateProbe(search: RawSearch): ProbeSearch {
  return present({
    snapshot: searchText(search["snapshot"]),
    edit: searchFlag(search["edit"]),
    sort: searchText(search["sort"]),
  });
}
