/** What the explorer shows: its question, its answer, and what its rows are called. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { exploreQuery } from "../cost-api";
import { useCost } from "../cost-context";
import type { ExploreRow } from "../cost-types";
import { useValueText } from "../marks/dimensions";
import { dimensionsOf, exploreRequest } from "./request";

const route = getRouteApi("/shell/cost/explore");

export function useExplore() {
  const search = route.useSearch();
  const cost = useCost();
  const request = useMemo(() => exploreRequest(search, cost), [search, cost]);
  return { search, request, query: useQuery(exploreQuery(request)) };
}

/** The values of a row in one line, from one of its dimensions on. */
export function useRowText(): (row: Pick<ExploreRow, "keys">, fromDimension?: number) => string {
  const search = route.useSearch();
  const valueText = useValueText();
  const dimensions = dimensionsOf(search);
  const key = dimensions.join("\n");
  return useCallback(
    ({ keys }, fromDimension = 0) => {
      const names = key.split("\n");
      const texts = keys.map((value, at) => valueText(names[at] ?? "", value));
      return texts.slice(fromDimension).join(" · ");
    },
    [key, valueText],
  );
}
