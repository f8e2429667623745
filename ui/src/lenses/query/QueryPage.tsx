/** SQL: editor, result as a table or a chart, saved views. */
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { QueryWorkspace } from "./QueryWorkspace";
import type { QuerySearch } from "./routes";
import { viewQuery } from "./saved-views";
import "./query.css";

export default function QueryPage() {
  const { t } = useTranslation("query");
  const { viewId } = useParams({ strict: false }) as { viewId?: string };
  const search = useSearch({ strict: false }) as QuerySearch;
  const query = useQuery(viewQuery(viewId));
  if (viewId === undefined) {
    return <QueryWorkspace key="new" view={undefined} search={search} />;
  }
  if (query.data === undefined) {
    return (
      <Page title={t("title")}>
        <QueryBoundary query={query} loading={<Skeleton height={240} />}>
          {() => null}
        </QueryBoundary>
      </Page>
    );
  }
  return <QueryWorkspace key={viewId} view={query.data} search={search} />;
}
