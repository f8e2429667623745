/** One issue as a page of its own. */
import { Anchor, Button, Group } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { issueQuery } from "../errors-api";
import { IssueView } from "./IssueView";
import "../errors.css";

const route = getRouteApi("/shell/errors/issue");

export default function IssuePage() {
  const { t } = useTranslation("errors");
  const { service = "", fingerprint } = route.useSearch();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const scope = useMemo(() => ({ fromMs, toMs, environment }), [fromMs, toMs, environment]);
  const isNamed = fingerprint !== undefined;
  const query = useQuery({
    ...issueQuery(scope, service, fingerprint ?? ""),
    enabled: isNamed,
  });
  if (!isNamed) {
    return (
      <Page title={t("issue.title")}>
        <EmptyState title={t("issue.choose")}>
          <Button component={Link} to="/errors">
            {t("issue.to_list")}
          </Button>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page title={query.data?.issue.error_type ?? t("issue.title")} header={<BackLink />}>
      <QueryBoundary query={query}>{(detail) => <IssueView detail={detail} />}</QueryBoundary>
    </Page>
  );
}

function BackLink() {
  const { t } = useTranslation("errors");
  return (
    <Anchor component={Link} to="/errors" size="sm" w="fit-content">
      <Group gap={4}>
        <IconArrowLeft size={14} aria-hidden />
        {t("issue.back")}
      </Group>
    </Anchor>
  );
}
