/** Whose the cost is: by a tag, with what is shared, idle and nobody's, and what to mend first. */
import { Alert, Button, Select, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { useSearchChange } from "@/common/use-search-change";
import { CostBoundary } from "../CostBoundary";
import { CostPage } from "../CostPage";
import { dimensionsQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { shared } from "../cost-search";
import type { CostDimension } from "../cost-types";
import { KnownMissing } from "../marks/KnownMissing";
import { ViewLine } from "../marks/Money";
import { AllocatedTable } from "./AllocatedTable";
import { type Allocation, allocationQuery, tagDocumentsQuery } from "./allocation-api";
import { SharedCosts } from "./SharedCosts";
import { Sums } from "./Sums";
import { NEW_TAG } from "./TagPage";
import { Worklist } from "./Worklist";
import "./allocation.css";

const route = getRouteApi("/shell/cost/allocation");

export default function AllocationPage() {
  const { t } = useTranslation("cost-allocation");
  return (
    <CostPage title={t("title")} actions={<NewTagButton />}>
      <Allocated />
    </CostPage>
  );
}

function NewTagButton() {
  const { t } = useTranslation("cost-allocation");
  const search = route.useSearch();
  if (!useMay("editor")) {
    return null;
  }
  return (
    <Button
      component={Link}
      to="/cost/allocation/$tag"
      params={{ tag: NEW_TAG } as never}
      search={shared(search) as never}
      size="xs"
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {t("new_tag")}
    </Button>
  );
}

/** Costs are given to teams where a tag of that name is there, else to the tag that says most. */
function firstTag(dimensions: readonly CostDimension[] | undefined): string | undefined {
  if (dimensions === undefined) {
    return undefined;
  }
  const tags = dimensions.filter(({ kind }) => kind === "virtual" || kind === "tag");
  const named = tags.find(({ name }) => /^(virtual|tag):team$/i.test(name));
  const best = [...tags].sort((a, b) => b.coverage - a.coverage)[0];
  return (named ?? best)?.name ?? dimensions[0]?.name;
}

function Allocated() {
  const { t } = useTranslation("cost-allocation");
  const search = route.useSearch();
  const cost = useCost();
  const { fromMs, toMs } = cost.period;
  const dimensions = useQuery(dimensionsQuery(fromMs, toMs));
  const tag = search.by ?? firstTag(dimensions.data);
  const query = useQuery(allocationQuery(cost, tag));
  return (
    <Stack gap="md">
      <TagPicker dimensions={dimensions.data ?? []} tag={tag} />
      {dimensions.data?.length === 0 ? (
        <Alert variant="light" p="xs">
          {t("no_lines")}
        </Alert>
      ) : (
        <CostBoundary query={query}>
          {(allocation) => <Answer allocation={allocation} />}
        </CostBoundary>
      )}
    </Stack>
  );
}

interface PickerProps {
  dimensions: readonly CostDimension[];
  tag: string | undefined;
}

/** What cost is given to, and the way to the rules of a virtual tag. */
function TagPicker({ dimensions, tag }: PickerProps) {
  const { t } = useTranslation("cost-allocation");
  const search = route.useSearch();
  const change = useSearchChange();
  const documents = useQuery(tagDocumentsQuery);
  const name = tag?.replace(/^virtual:/, "");
  const isVirtual = tag?.startsWith("virtual:") === true;
  const document = documents.data?.find((it) => (it.body as { name?: string }).name === name);
  const kinds = ["virtual", "tag", "derived", "column"] as const;
  const data = kinds.map((kind) => ({
    group: t(`kind.${kind}`),
    items: dimensions
      .filter((it) => it.kind === kind)
      .map((it) => ({ value: it.name, label: it.name.replace(/^(virtual|tag):/, "") })),
  }));
  return (
    <div className="allocation-picker">
      <Select
        label={t("by")}
        searchable
        nothingFoundMessage={t("no_dimension")}
        data={data.filter(({ items }) => items.length > 0)}
        value={tag ?? null}
        allowDeselect={false}
        onChange={(next) => change({ by: next ?? undefined })}
      />
      {isVirtual && document !== undefined ? (
        <Button
          component={Link}
          to="/cost/allocation/$tag"
          params={{ tag: document.id } as never}
          search={shared(search) as never}
          variant="default"
        >
          {t("rules_of", { tag: name })}
        </Button>
      ) : null}
    </div>
  );
}

function Answer({ allocation }: { allocation: Allocation }) {
  const search = route.useSearch();
  const change = useSearchChange();
  return (
    <Stack gap="lg">
      <ViewLine
        metric={allocation.metric}
        currency={allocation.currency}
        rates={allocation.rates}
      />
      {allocation.problems.map((problem) => (
        <Alert key={problem} color="yellow" variant="light" p="xs">
          {problem}
        </Alert>
      ))}
      <KnownMissing missing={allocation.missing} />
      <Sums allocation={allocation} />
      <AllocatedTable
        allocation={allocation}
        sort={search.sort}
        onSort={(sort) => change({ sort }, true)}
      />
      <SharedCosts allocation={allocation} />
      <Worklist allocation={allocation} />
    </Stack>
  );
}
