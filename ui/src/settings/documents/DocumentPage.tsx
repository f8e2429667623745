/** One document: its body, its history, and changing both. */
import { Anchor, Badge, Group, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useUser } from "@/api/session";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import { SettingsPage } from "../SettingsPage";
import { DocumentEditor } from "./DocumentEditor";
import { documentQuery, kindsQuery, mayEdit } from "./document-queries";
import { titleOf } from "./filter";
import { History } from "./History";

export default function DocumentPage() {
  const { t } = useTranslation("settings");
  const { kind, id } = useParams({ from: "/shell/settings/documents/$kind/$id" });
  const document = useQuery(documentQuery(kind, id));
  return (
    <SettingsPage area="documents" title={document.data ? titleOf(document.data) : id}>
      <Anchor component={Link} to="/settings/documents" size="sm">
        {t("documents.back")}
      </Anchor>
      <QueryBoundary query={document}>{(it) => <Opened document={it} />}</QueryBoundary>
    </SettingsPage>
  );
}

function Opened({ document }: { document: Schemas["Document"] }) {
  const { t } = useTranslation("settings");
  const { data: kinds } = useQuery(kindsQuery);
  const kind = kinds?.find((it) => it.kind === document.kind);
  const canEdit = mayEdit(useUser(), kind, document.id);
  return (
    <>
      <Facts document={document} />
      {kind === undefined || canEdit ? null : (
        <Text size="sm" c="dimmed">
          {t("documents.read_only", { role: kind.edit_role })}
        </Text>
      )}
      <Tabs defaultValue="body" keepMounted>
        <Tabs.List>
          <Tabs.Tab value="body">{t("documents.body")}</Tabs.Tab>
          <Tabs.Tab value="history">{t("documents.history")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="body" pt="md">
          <DocumentEditor
            key={`${document.kind}/${document.id}`}
            document={document}
            canEdit={canEdit}
          />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <History document={document} canEdit={canEdit} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Facts({ document }: { document: Schemas["Document"] }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  return (
    <Group gap="sm">
      <Text size="sm" ff="monospace" className="wrap-anywhere">
        {`${document.kind}/${document.id}`}
      </Text>
      <Text size="sm" c="dimmed" className="num">
        {t("documents.facts", {
          revision: document.revision,
          author: document.author,
          time: format.time(document.time_ms),
        })}
      </Text>
      {document.source == null ? null : (
        <Badge variant="light" color="gray">
          {t("documents.from_source", { source: document.source })}
        </Badge>
      )}
      {document.deleted ? (
        <Badge color="red" variant="light">
          {t("documents.deleted")}
        </Badge>
      ) : null}
    </Group>
  );
}
