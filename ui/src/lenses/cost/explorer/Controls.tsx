/** What the cost is grouped by, which charges count, and how long a bar is. */
import { MultiSelect, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { dimensionsQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { CHARGES, type Charge, GRANULARITIES } from "../cost-search";
import type { CostDimension } from "../cost-types";
import { useDimensionText } from "../marks/dimensions";
import { dimensionsOf, FIRST_DIMENSION, fittingGranularity } from "./request";

const route = getRouteApi("/shell/cost/explore");
const DIMENSIONS_MAX = 3;
const AUTOMATIC = "automatic";
const KINDS = ["virtual", "tag", "derived", "column"] as const;

const NO_DIMENSIONS: CostDimension[] = [];

function useDimensionList() {
  const { period } = useCost();
  return useQuery(dimensionsQuery(period.fromMs, period.toMs));
}

function useDimensions(): CostDimension[] {
  return useDimensionList().data ?? NO_DIMENSIONS;
}

export function Controls() {
  return (
    <div className="cost-controls">
      <GroupBy />
      <Every />
      <Charges />
      <Largest />
    </div>
  );
}

/** Choices under the name of their kind; what the URL names is there even when no bill has it. */
export function useDimensionChoices(chosen: readonly string[]) {
  const { t } = useTranslation("cost");
  const nameOf = useDimensionText();
  const dimensions = useDimensions();
  return useMemo(() => {
    const known = new Set(dimensions.map((it) => it.name));
    const missing = chosen.filter((it) => !known.has(it));
    const groups = KINDS.map((kind) => ({
      group: t(`kind.${kind}`),
      items: [
        ...dimensions.filter((it) => it.kind === kind).map((it) => it.name),
        ...missing.filter((it) => kindOf(it) === kind),
      ].map((value) => ({ value, label: nameOf(value) })),
    }));
    return groups.filter(({ items }) => items.length > 0);
  }, [t, nameOf, dimensions, chosen]);
}

function kindOf(name: string): CostDimension["kind"] {
  if (name.startsWith("tag:")) {
    return "tag";
  }
  return name.startsWith("virtual:") ? "virtual" : "column";
}

function GroupBy() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const search = route.useSearch();
  const by = dimensionsOf(search);
  const choices = useDimensionChoices(by);
  const { error } = useDimensionList();
  return (
    <MultiSelect
      className="cost-by"
      size="sm"
      label={t("explore.by")}
      placeholder={by.length < DIMENSIONS_MAX ? t("explore.by_more") : ""}
      data={choices}
      value={by}
      maxValues={DIMENSIONS_MAX}
      searchable
      hidePickedOptions
      nothingFoundMessage={t("explore.no_dimension")}
      error={error === null ? null : t("explore.no_list", { reason: error.message })}
      renderOption={({ option }) => <DimensionOption name={option.value} label={option.label} />}
      onChange={(next) =>
        change({
          by: next.length === 1 && next[0] === FIRST_DIMENSION ? undefined : next,
          sort: undefined,
        })
      }
    />
  );
}

function DimensionOption({ name, label }: { name: string; label: string }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const known = useDimensions().find((it) => it.name === name);
  return (
    <div>
      <Text size="sm">{label}</Text>
      {known === undefined ? null : (
        <Text size="xs" c="dimmed" className="num">
          {t("explore.dimension_facts", {
            values: format.count(known.values),
            coverage: format.percent(known.coverage * 100),
          })}
        </Text>
      )}
    </div>
  );
}

function Every() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const search = route.useSearch();
  const { period } = useCost();
  const fitting = t(`every.${fittingGranularity(period)}`);
  return (
    <Select
      w={180}
      label={t("explore.every")}
      data={[
        { value: AUTOMATIC, label: t("explore.every_automatic", { every: fitting }) },
        ...GRANULARITIES.map((value) => ({ value, label: t(`every.${value}`) })),
      ]}
      value={search.every ?? AUTOMATIC}
      onChange={(next) => change({ every: next === AUTOMATIC ? undefined : next })}
    />
  );
}

function Charges() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const { without = [] } = route.useSearch();
  const counted = CHARGES.filter((it) => !without.includes(it));
  return (
    <MultiSelect
      className="cost-charges"
      size="sm"
      label={t("explore.charges")}
      placeholder={counted.length === 0 ? t("explore.usage_only") : ""}
      data={CHARGES.map((value) => ({ value, label: t(`value.charge.${value}`) }))}
      value={counted}
      onChange={(next) => {
        const left = CHARGES.filter((it) => !(next as Charge[]).includes(it));
        change({ without: left.length === 0 ? undefined : left });
      }}
    />
  );
}

function Largest() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const { largest } = route.useSearch();
  return (
    <Select
      w={180}
      label={t("explore.largest")}
      data={[
        { value: "total", label: t("explore.largest_total") },
        { value: "change", label: t("explore.largest_change") },
      ]}
      value={largest ?? "total"}
      onChange={(next) =>
        change({ largest: next === "change" ? next : undefined, sort: undefined })
      }
    />
  );
}
