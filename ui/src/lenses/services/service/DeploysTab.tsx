/** When versions of the service came, and how each did beside the one before. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { DeployTable } from "@/lenses/deploys/DeployTable";
import { deploysQuery, useAsked } from "../services-api";

export function DeploysTab({ service }: { service: string }) {
  const { t } = useTranslation("services");
  const query = useQuery(deploysQuery(useAsked(), service));
  return (
    <QueryBoundary
      query={query}
      isEmpty={({ deploys }) => deploys.length === 0}
      empty={<EmptyState title={t("deploy.empty")} text={t("deploy.empty_text")} />}
    >
      {({ deploys }) => (
        <>
          <Text size="xs" c="dimmed" mb={4}>
            {t("deploy.hint")}
          </Text>
          <DeployTable deploys={deploys} csvName={`${service}-deploys`} />
        </>
      )}
    </QueryBoundary>
  );
}
