/** The definition of a service as YAML, and who may change it where. */
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useUser } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { useSearchChange } from "@/common/use-search-change";
import { WithCode } from "@/common/WithCode";
import { kindsQuery, mayEdit } from "@/settings/documents/document-queries";
import { type CatalogEntry, DEFINITION_KIND } from "../catalog-api";
import { storedOf } from "./stored";
import { useHasDraft } from "./use-definition-draft";

const DefinitionEditor = lazy(() => import("./DefinitionEditor"));
const EDITOR_HEIGHT = 520;

interface DefinitionSectionProps {
  entry: Pick<CatalogEntry, "service" | "definition_yaml">;
  isEditing: boolean;
}

export function DefinitionSection({ entry, isEditing }: DefinitionSectionProps) {
  const { t } = useTranslation("catalog");
  const { data: kinds } = useQuery(kindsQuery);
  const user = useUser();
  const { service, definition_yaml: yaml } = entry;
  const kind = kinds?.find((it) => it.kind === DEFINITION_KIND);
  const isManaged = service.managed_by !== null;
  const isAllowed = mayEdit(user, kind, service.document_id ?? "") && !isManaged;
  return (
    <section className="card" aria-labelledby="catalog-definition">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5" id="catalog-definition">
            {t("definition.title")}
          </Title>
          <Group gap="xs">
            <HistoryLink service={service} />
            {isAllowed && !isEditing ? <EditButton service={service} /> : null}
          </Group>
        </Group>
        <ReadOnlyReason service={service} kind={kind} isAllowed={isAllowed} />
        {isAllowed && isEditing ? (
          <Suspense fallback={<Skeleton height={EDITOR_HEIGHT} />}>
            <DefinitionEditor key={service.name} service={service} stored={storedOf(entry)} />
          </Suspense>
        ) : yaml === null ? (
          <Text size="sm" c="dimmed">
            <WithCode text={t("definition.none")} />
          </Text>
        ) : (
          <CodeBlock code={yaml} label={t("definition.yaml_label", { service: service.name })} />
        )}
      </Stack>
    </section>
  );
}

type Service = CatalogEntry["service"];

function EditButton({ service }: { service: Service }) {
  const { t } = useTranslation("catalog");
  const change = useSearchChange();
  const hasDraft = useHasDraft(service.name);
  const key = hasDraft ? "go_on" : service.document_id === null ? "declare" : "edit";
  return (
    <Button
      leftSection={<IconPencil size={16} aria-hidden />}
      onClick={() => change({ edit: true })}
    >
      {t(`definition.${key}`)}
    </Button>
  );
}

function HistoryLink({ service }: { service: Service }) {
  const { t } = useTranslation("catalog");
  return service.document_id === null ? null : (
    <Button
      component={Link}
      to="/settings/documents/$kind/$id"
      params={{ kind: DEFINITION_KIND, id: service.document_id } as never}
      variant="default"
    >
      {t("definition.history")}
    </Button>
  );
}

interface ReadOnlyReasonProps {
  service: Service;
  kind: Schemas["DocumentKind"] | undefined;
  isAllowed: boolean;
}

function ReadOnlyReason({ service, kind, isAllowed }: ReadOnlyReasonProps) {
  const { t } = useTranslation("catalog");
  const { t: common } = useTranslation();
  if (service.managed_by !== null) {
    return (
      <Alert variant="light" p="xs">
        <WithCode text={t("definition.managed", { source: service.managed_by })} />
      </Alert>
    );
  }
  if (isAllowed || kind === undefined) {
    return null;
  }
  return (
    <Alert variant="light" p="xs">
      {t("definition.read_only", { role: common(`role.${kind.edit_role}`) })}
    </Alert>
  );
}
