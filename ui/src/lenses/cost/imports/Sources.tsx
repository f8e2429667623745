/** Where bills come from: documents that are looked at on their own, and what was brought by hand. */
import { Badge, Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { jobsChanged, startImport } from "../cost-api";
import type { SnapshotSummary } from "../cost-types";
import { CostCard } from "../marks/CostCard";
import { readSource, type SourceForm, sourceDocumentsQuery } from "./sources";

export function Sources({ snapshots }: { snapshots: readonly SnapshotSummary[] }) {
  const { t } = useTranslation("cost");
  const { data: documents = [] } = useQuery(sourceDocumentsQuery());
  const sources = documents.map(({ id, body }) => ({ id, form: readSource(body) }));
  const named = new Set(sources.map((it) => it.id));
  const byHand = [...new Set(snapshots.map((it) => it.source))].filter((it) => !named.has(it));
  if (sources.length === 0 && byHand.length === 0) {
    return null;
  }
  return (
    <CostCard title={t("imports.sources")} hint={t("imports.sources_hint")}>
      <table className="cost-table">
        <thead>
          <tr>
            <th scope="col">{t("imports.source")}</th>
            <th scope="col">{t("imports.location")}</th>
            <th scope="col">{t("imports.newest")}</th>
            <th scope="col" data-align="right">
              {t("imports.actions")}
            </th>
          </tr>
        </thead>
        <tbody>
          {sources.map(({ id, form }) => (
            <SourceRow key={id} id={id} form={form} snapshots={snapshots} />
          ))}
          {byHand.sort().map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="cost-soft">{t("imports.by_hand")}</td>
              <td>
                <Newest source={name} snapshots={snapshots} />
              </td>
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </CostCard>
  );
}

interface SourceRowProps {
  id: string;
  form: SourceForm;
  snapshots: readonly SnapshotSummary[];
}

function SourceRow({ id, form, snapshots }: SourceRowProps) {
  const { t } = useTranslation("cost");
  const mayEdit = useMay("editor");
  const change = useSearchChange();
  const notice = useNotice();
  const start = useMutation({
    mutationFn: () => startImport({ source: id }),
    onSuccess: jobsChanged,
    onError: notice.failed,
  });
  return (
    <tr>
      <th scope="row" className="wrap-anywhere">
        {form.name}
        {form.name === id ? null : <div className="cost-soft">{id}</div>}
      </th>
      <td>
        <span className="wrap-anywhere">{form.url}</span>{" "}
        {form.enabled ? (
          <span className="cost-soft">{t("imports.every", { every: form.every })}</span>
        ) : (
          <Badge variant="light" size="sm" color="gray">
            {t("imports.off")}
          </Badge>
        )}
      </td>
      <td>
        <Newest source={id} snapshots={snapshots} />
      </td>
      <td data-align="right">
        <Group gap={4} justify="flex-end">
          {mayEdit ? (
            <Button
              variant="default"
              size="compact-xs"
              loading={start.isPending}
              onClick={() => start.mutate()}
            >
              {t("imports.now")}
            </Button>
          ) : null}
          <Button variant="default" size="compact-xs" onClick={() => change({ edit: id })}>
            {t(mayEdit ? "imports.edit" : "imports.view")}
          </Button>
        </Group>
      </td>
    </tr>
  );
}

/** When the newest bill of a source came. */
function Newest({ source, snapshots }: { source: string; snapshots: readonly SnapshotSummary[] }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const newest = snapshots
    .filter((it) => it.source === source)
    .reduce((latest, it) => Math.max(latest, it.imported_ms), 0);
  return newest === 0 ? (
    <Text size="sm" c="dimmed">
      {t("imports.never")}
    </Text>
  ) : (
    <span className="num" title={format.time(newest)}>
      {format.ago(newest)}
    </span>
  );
}
