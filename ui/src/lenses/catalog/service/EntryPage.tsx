/** One service of the catalog: whose it is, what it sends, what is wrong, and its definition. */
import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useUser } from "@/api/session";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { kindsQuery, mayEdit } from "@/settings/documents/document-queries";
import { CatalogNav } from "../CatalogNav";
import { type CatalogEntry, DEFINITION_KIND, entryQuery, SERVICE, useScope } from "../catalog-api";
import { DefinitionSection } from "../definition/DefinitionSection";
import { StateBadge } from "../Marks";
import { EntryLinks } from "./EntryLinks";
import { Findings } from "./Findings";
import { Neighbours } from "./Neighbours";
import { Links, Ownership } from "./Ownership";
import { Telemetry } from "./Telemetry";
import { unknownService } from "./unknown-service";
import "../catalog.css";

const route = getRouteApi("/shell/catalog/$service");

export default function EntryPage() {
  const { service: name } = route.useParams();
  const query = useQuery(entryQuery(useScope(), name));
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <UnknownPage key={name} name={name} />;
  }
  return (
    <Page title={name} header={<CatalogNav />} actions={<EntryLinks entry={query.data} />}>
      <QueryBoundary query={query}>{(entry) => <Entry key={name} entry={entry} />}</QueryBoundary>
    </Page>
  );
}

function Entry({ entry }: { entry: CatalogEntry }) {
  const { edit } = route.useSearch();
  return (
    <Stack gap="md">
      <Summary entry={entry} />
      <div className="catalog-cards">
        <Ownership service={entry.service} />
        <Links service={entry.service} />
        <Telemetry entry={entry} />
        <Neighbours entry={entry} />
      </div>
      <Findings entry={entry} />
      <DefinitionSection entry={entry} isEditing={edit === true} />
    </Stack>
  );
}

function Summary({ entry: { service } }: { entry: CatalogEntry }) {
  const { t } = useTranslation("catalog");
  const { tier, lifecycle, type, description, kind } = service;
  const facts = [
    kind === SERVICE ? null : kind,
    tier === null ? null : t("entry.tier", { tier }),
    lifecycle,
    type,
    service.schema_version === null ? null : t("entry.schema", { version: service.schema_version }),
  ].filter((it) => it !== null);
  return (
    <Stack gap={6}>
      <Group gap={6}>
        <StateBadge service={service} />
        {facts.map((fact, at) => (
          <Badge key={at} variant="default" size="sm" className="catalog-badge" title={fact}>
            {fact}
          </Badge>
        ))}
      </Group>
      {service.display_name === null ? null : (
        <Text fw={600} className="wrap-anywhere">
          {service.display_name}
        </Text>
      )}
      {description === null ? null : (
        <Text size="sm" maw={860} className="wrap-anywhere">
          {description}
        </Text>
      )}
    </Stack>
  );
}

/** Neither declared nor seen: it can be declared before it sends anything. */
function UnknownPage({ name }: { name: string }) {
  const { t } = useTranslation("catalog");
  const change = useSearchChange();
  const { edit } = route.useSearch();
  const { data: kinds } = useQuery(kindsQuery);
  const kind = kinds?.find((it) => it.kind === DEFINITION_KIND);
  const isAllowed = mayEdit(useUser(), kind, "");
  const entry = { service: unknownService(name), definition_yaml: null };
  return (
    <Page title={name} header={<CatalogNav />}>
      {edit === true ? (
        <DefinitionSection entry={entry} isEditing />
      ) : (
        <EmptyState title={t("unknown.title", { service: name })} text={t("unknown.text")}>
          <Group gap="xs" mt="xs">
            {isAllowed ? (
              <Button size="xs" onClick={() => change({ edit: true })}>
                {t("definition.declare")}
              </Button>
            ) : null}
            <Button size="xs" variant="default" component={Link} to="/catalog">
              {t("unknown.all")}
            </Button>
          </Group>
        </EmptyState>
      )}
    </Page>
  );
}
