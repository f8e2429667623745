/**
 * Parameters that the page had before it had the search language: `service`, `operation`, `min_ms`
 * and `errors`. Links with them, kept by people and made by other pages, mean the same searches.
 */
import { type RawSearch, searchFlag, searchNumber, searchText } from "@/common/search";
import { fieldTerm } from "@/common/search-bar/query-edits";

const OLD_NAMES = ["service", "operation", "min_ms", "errors"];

/** The same search as it is written now; undefined when nothing old is in it. */
export function newSearch(search: RawSearch): RawSearch | undefined {
  const names = Object.keys(search);
  if (!names.some((name) => OLD_NAMES.includes(name))) {
    return undefined;
  }
  const kept = Object.entries(search).filter(([name]) => !OLD_NAMES.includes(name));
  const { q, only } = translated(search);
  return {
    ...Object.fromEntries(kept),
    ...(q === "" ? {} : { q }),
    ...(only === undefined ? {} : { only }),
  };
}

function translated(search: RawSearch): { q: string; only?: "root" } {
  const service = searchText(search["service"]);
  const operation = searchText(search["operation"]);
  const minimumMs = searchNumber(search["min_ms"]);
  const hasErrors = searchFlag(search["errors"]) === true;
  const terms = [
    ...(service === undefined ? [] : [fieldTerm("service", [service])]),
    ...(operation === undefined ? [] : [fieldTerm("name", [operation])]),
    ...(minimumMs === undefined ? [] : [`duration:>=${minimumMs}ms`]),
    ...(hasErrors ? ["status:error"] : []),
  ];
  const written = searchText(search["q"]);
  const q = [...(written === undefined ? [] : [`(${written})`]), ...terms].join(" ");
  // The duration alone was that of the whole trace, which is that of its root.
  const isOfTrace = minimumMs !== undefined && terms.length === 1 && written === undefined;
  return isOfTrace ? { q, only: "root" } : { q };
}
