/** Changes search parameters of the current page, and keeps all others. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Sort } from "./data-table-model";

/** Undefined removes a parameter. `replace` leaves no step in the browser's history. */
export function useSearchChange(): (change: Record<string, unknown>, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (change, replace = false) => {
      const search = (before: object) => ({ ...before, ...change }) as never;
      void navigate({ to: ".", search, replace, resetScroll: false });
    },
    [navigate],
  );
}

/** A sort as one search parameter: `p95`, or `-p95` for the largest first. */
export function sortText(sort: Sort): string {
  return `${sort.descending ? "-" : ""}${sort.key}`;
}

export function readSort(text: string | undefined): Sort | undefined {
  return text === undefined
    ? undefined
    : { key: text.replace(/^-/, ""), descending: text.startsWith("-") };
}
