/** Live probes: which services allow them, and what runs in them now. */
import { Alert, Anchor, Button, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { ProbePanel } from "../editor/ProbePanel";
import { CLOSED, NEW_ID } from "../probe-search";
import { probesQuery } from "../probes-api";
import { useScope } from "../use-scope";
import { ClientsPanel } from "./ClientsPanel";
import { ProbesTable } from "./ProbesTable";
import { ServicesTable } from "./ServicesTable";
import "../probes.css";

const route = getRouteApi("/shell/probes");

export default function ProbesPage() {
  const { t } = useTranslation("probes");
  const search = route.useSearch();
  const change = useSearchChange();
  const query = useQuery(probesQuery(useScope()));
  const canEdit = query.data?.can_edit ?? false;
  const services = query.data?.services;
  const { probe, copy, service, language, file, line, module, method } = search;
  return (
    <Page
      title={t("title")}
      actions={
        canEdit ? (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => change({ ...CLOSED, probe: NEW_ID })}
          >
            {t("new")}
          </Button>
        ) : undefined
      }
    >
      <Text size="sm" maw={900}>
        {t("intro")}
      </Text>
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.services.length === 0 && data.probes.length === 0}
        empty={
          <EmptyState title={t("empty.title")} text={t("empty.text")}>
            <Anchor component={Link} to="/send-data" search={{ with: "dd-python" } as never}>
              {t("empty.how")}
            </Anchor>
          </EmptyState>
        }
      >
        {(data) => (
          <Stack gap="lg">
            {data.truncated ? (
              <Alert variant="light" p="xs">
                {t("probes.truncated")}
              </Alert>
            ) : null}
            <ServicesTable services={data.services} probes={data.probes} canEdit={canEdit} />
            <ProbesTable probes={data.probes} canEdit={canEdit} />
          </Stack>
        )}
      </QueryBoundary>
      <ClientsPanel
        name={search.clients}
        service={services?.find((it) => it.service === search.clients)}
        isLoading={services === undefined}
        canEdit={canEdit}
        onClose={() => change(CLOSED)}
      />
      <ProbePanel
        id={probe}
        copyOf={copy}
        prefill={{ service, language, file, line, module, method }}
        services={services}
        canEdit={canEdit}
        onClose={() => change(CLOSED)}
      />
    </Page>
  );
}
