/** Where bills come from, what is being brought in, which months are there, and what changed. */
import { Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { CostNav } from "../CostNav";
import { costChanged, importsQuery, snapshotsQuery } from "../cost-api";
import { FirstBill } from "../FirstBill";
import { AddBill } from "./AddBill";
import { Jobs } from "./Jobs";
import { Months } from "./Months";
import { Restatement } from "./Restatement";
import { readRestated } from "./restated";
import { SourcePanel } from "./SourcePanel";
import { Sources } from "./Sources";
import "../cost.css";

const route = getRouteApi("/shell/cost/imports");

export default function ImportsPage() {
  const { t } = useTranslation("cost");
  const search = route.useSearch();
  const change = useSearchChange();
  const mayEdit = useMay("editor");
  const snapshots = useQuery(snapshotsQuery);
  useAskAgainWhenDone();
  const restated = readRestated(search.restated);
  return (
    <Page
      title={t("imports.title")}
      header={<CostNav />}
      actions={
        mayEdit ? (
          <>
            <Button variant="default" onClick={() => change({ edit: "new" })}>
              {t("imports.add_source")}
            </Button>
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => change({ add: "upload" })}
            >
              {t("imports.add")}
            </Button>
          </>
        ) : null
      }
    >
      <Stack gap="lg">
        <Jobs />
        <Sources snapshots={snapshots.data ?? []} />
        <QueryBoundary query={snapshots} isEmpty={(it) => it.length === 0} empty={<FirstBill />}>
          {(all) => <Months snapshots={all} />}
        </QueryBoundary>
      </Stack>
      <AddBill />
      <SourcePanel />
      {restated === undefined ? null : (
        <Restatement
          key={search.restated}
          {...restated}
          snapshots={snapshots.data ?? []}
          onClose={() => change({ restated: undefined })}
        />
      )}
    </Page>
  );
}

/**
 * A bill that has just come changes every figure of the lens. A small one is there before anybody
 * has seen it coming, so it is the end of an import that counts.
 */
function useAskAgainWhenDone(): void {
  const { data } = useQuery(importsQuery);
  const endedMs = data?.reduce((latest, it) => Math.max(latest, it.ended_ms ?? 0), 0);
  const earlierMs = useRef(endedMs);
  useEffect(() => {
    const isNew = earlierMs.current !== undefined && earlierMs.current !== endedMs;
    earlierMs.current = endedMs;
    if (isNew) {
      void costChanged();
    }
  }, [endedMs]);
}
