/** The issue that is open beside the list. */
import { Anchor, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useSearchChange } from "@/common/use-search-change";
import { issueQuery, type Scope } from "../errors-api";
import { IssueView } from "./IssueView";

const route = getRouteApi("/shell/errors");
const WIDTH = 760;

export function IssuePanel({ scope }: { scope: Scope }) {
  const { t } = useTranslation("errors");
  const { issue: fingerprint, issue_service: service = "" } = route.useSearch();
  const change = useSearchChange();
  const isOpen = fingerprint !== undefined;
  const query = useQuery({
    ...issueQuery(scope, service, fingerprint ?? ""),
    enabled: isOpen,
  });
  const title = query.data?.issue.error_type ?? t("issue.title");
  return (
    <SidePanel
      opened={isOpen}
      size={WIDTH}
      title={<strong className="wrap-anywhere">{title}</strong>}
      onClose={() => change({ issue: undefined, issue_service: undefined })}
    >
      {isOpen ? (
        <Stack gap="md">
          <Anchor
            component={Link}
            to="/errors/issue"
            search={{ service, fingerprint } as never}
            size="sm"
            w="fit-content"
          >
            {t("issue.open_page")}
          </Anchor>
          <QueryBoundary query={query}>{(detail) => <IssueView detail={detail} />}</QueryBoundary>
        </Stack>
      ) : null}
    </SidePanel>
  );
}
