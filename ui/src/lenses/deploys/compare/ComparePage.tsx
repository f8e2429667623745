/** Two versions or two periods of a service side by side: is it worse, where, and how sure is that? */
import { Alert, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import { deploysQuery, useAsked } from "../../services/services-api";
import { baseOf, isAsked, isSameSide, otherOf } from "../compare-search";
import { DeployTable } from "../DeployTable";
import { type Comparison, comparisonParameters, comparisonQuery } from "../deploys-api";
import { EndpointTable } from "./EndpointTable";
import { ErrorClasses } from "./ErrorClasses";
import { Methods } from "./Methods";
import { SidesForm } from "./SidesForm";
import { SidesTable } from "./SidesTable";
import { VerdictBox } from "./VerdictBox";
import "../deploys.css";

const route = getRouteApi("/shell/deploys/compare");

export default function ComparePage() {
  const { t } = useTranslation("deploys");
  const search = route.useSearch();
  const asked = useAsked();
  const isReady = comparisonParameters(search, asked) !== undefined;
  const isSame = isAsked(baseOf(search)) && isSameSide(baseOf(search), otherOf(search));
  const query = useQuery(comparisonQuery(search, asked));
  return (
    <Page title={t("title")}>
      <SidesForm />
      {isReady ? (
        <QueryBoundary query={query}>
          {(comparison) => <Compared comparison={comparison} />}
        </QueryBoundary>
      ) : (
        <>
          {isSame ? (
            <Alert variant="light" color="yellow" p="xs">
              {t("form.same")}
            </Alert>
          ) : null}
          <Suggestions service={search.service} />
        </>
      )}
    </Page>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  const { base, other, endpoints, error_classes, methods } = comparison;
  if (base.figures.requests === 0 && other.figures.requests === 0) {
    return <EmptyState title={t("nothing.title")} text={t("nothing.text")} />;
  }
  return (
    <Stack gap="lg">
      <VerdictBox comparison={comparison} />
      {[base, other].some(({ figures }) => figures.requests === 0) ? (
        <Alert variant="light" color="yellow" p="xs">
          {t("nothing.one_side")}
        </Alert>
      ) : null}
      <SidesTable comparison={comparison} />
      <section>
        <Title order={2} size="h5" mb={4}>
          {t("endpoints.title")}
        </Title>
        {comparison.truncated ? (
          <Alert variant="light" p="xs" mb="xs">
            {t("endpoints.truncated", { number: format.count(endpoints.length) })}
          </Alert>
        ) : null}
        <EndpointTable
          service={comparison.service}
          endpoints={endpoints}
          guilty={comparison.guilty_endpoints}
        />
      </section>
      <section>
        <Title order={2} size="h5" mb={4}>
          {t("errors.title")}
        </Title>
        {comparison.error_classes_truncated ? (
          <Alert variant="light" p="xs" mb="xs">
            {t("errors.truncated", { number: format.count(error_classes.length) })}
          </Alert>
        ) : null}
        <ErrorClasses service={comparison.service} classes={error_classes} />
      </section>
      <Methods methods={methods} />
    </Stack>
  );
}

/** Until both sides are chosen: the deploys of the time, each of them a comparison. */
function Suggestions({ service }: { service: string | undefined }) {
  const { t } = useTranslation("deploys");
  const query = useQuery(deploysQuery(useAsked(), service));
  return (
    <section>
      <Title order={2} size="h5" mb={4}>
        {t("recent.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("recent.text")}
      </Text>
      <QueryBoundary
        query={query}
        isEmpty={({ deploys }) => deploys.length === 0}
        empty={<EmptyState title={t("recent.empty")} text={t("recent.empty_text")} />}
      >
        {({ deploys }) => (
          <DeployTable deploys={deploys} csvName="deploys" isOfAll={service === undefined} />
        )}
      </QueryBoundary>
    </section>
  );
}
