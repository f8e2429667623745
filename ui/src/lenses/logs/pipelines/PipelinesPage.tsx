/** What happens to records before they are stored: pipelines of rules, in their order. */
import { Alert, Badge, Button, Stack, Switch } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { type Formats, useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { LogsNav } from "../LogsNav";
import {
  documentsChanged,
  PIPELINE_KIND,
  pipelineDocumentsQuery,
  putDocument,
} from "../log-documents";
import { type PipelinesStatus, pipelinesStatusQuery } from "../logs-api";
import { PipelinePanel } from "./PipelinePanel";
import {
  type Counters,
  NEW_ID,
  parseRules,
  readPipeline,
  sortPipelines,
  sumCounters,
} from "./pipeline-model";
import "../logs.css";

type Document = Schemas["Document"];
type Texts = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi("/shell/logs/pipelines");

interface Row {
  document: Document;
  counters: Counters | undefined;
  /** Why it is not in force. */
  error: string | undefined;
}

export default function PipelinesPage() {
  const { t } = useTranslation("logs");
  const search = route.useSearch();
  const change = useSearchChange();
  const mayEdit = useMay("editor");
  const documents = useQuery(pipelineDocumentsQuery);
  const status = useQuery(pipelinesStatusQuery);
  return (
    <Page
      title={t("pipelines.title")}
      header={<LogsNav query={undefined} />}
      actions={
        mayEdit ? (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => change({ pipeline: NEW_ID })}
          >
            {t("pipelines.new")}
          </Button>
        ) : undefined
      }
    >
      <Warnings warnings={status.data?.warnings ?? []} />
      <QueryBoundary
        query={documents}
        isEmpty={(all) => all.length === 0}
        empty={<EmptyState title={t("pipelines.empty_title")} text={t("pipelines.empty_text")} />}
      >
        {(all) => <PipelineList documents={all} status={status.data} />}
      </QueryBoundary>
      <PipelinePanel
        id={search.pipeline}
        document={documents.data?.find((it) => it.id === search.pipeline)}
        isLoading={documents.data === undefined}
        state={status.data?.pipelines.find((it) => it.id === search.pipeline)}
      />
    </Page>
  );
}

const WARNING_KINDS = ["too_many_keys", "pattern_limit", "container_filter", "rule_limit"] as const;

function Warnings({ warnings }: Pick<PipelinesStatus, "warnings">) {
  const { t } = useTranslation("logs");
  if (warnings.length === 0) {
    return null;
  }
  return (
    <Stack gap="xs">
      {warnings.map(({ service, kind, message }) => {
        const known = WARNING_KINDS.find((it) => it === kind);
        return (
          <Alert
            key={`${kind} ${service ?? ""} ${message}`}
            color="yellow"
            variant="light"
            p="xs"
            title={
              known === undefined
                ? (service ?? kind)
                : t(`pipelines.warning.${known}`, { service: service ?? "" })
            }
          >
            <span className="wrap-anywhere">{message}</span>
          </Alert>
        );
      })}
    </Stack>
  );
}

function PipelineList(props: { documents: Document[]; status: PipelinesStatus | undefined }) {
  const { documents, status } = props;
  const { t } = useTranslation("logs");
  const format = useFormat();
  const search = route.useSearch();
  const change = useSearchChange();
  const rows = useMemo(() => {
    const states = new Map(status?.pipelines.map((it) => [it.id, it]));
    return sortPipelines(documents).map((document) => {
      const state = states.get(document.id);
      return {
        document,
        counters: state && sumCounters(state.rules),
        error: state?.error ?? undefined,
      };
    });
  }, [documents, status]);
  const columns = useMemo(() => pipelineColumns(t as Texts, format), [t, format]);
  return (
    <DataTable
      label={t("pipelines.title")}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.document.id}
      onOpen={(row) => change({ pipeline: row.document.id })}
      openedKey={search.pipeline}
      csvName="log-pipelines"
      height="fill"
    />
  );
}

function pipelineColumns(t: Texts, format: Formats): Column<Row>[] {
  const counter = (
    key: "matched" | "droppedRecords" | "droppedBytes" | "redactions" | "failed",
    show: (value: number | null | undefined) => string,
  ): Column<Row> => ({
    key,
    header: t(`pipelines.${key}`),
    value: (row) => row.counters?.[key],
    cell: (row) => show(row.counters?.[key]),
    align: "right",
    width: 92,
  });
  return [
    {
      key: "enabled",
      header: t("pipelines.enabled"),
      value: (row) => readPipeline(row.document).isEnabled,
      cell: (row) => <EnabledSwitch document={row.document} />,
      width: 64,
    },
    {
      key: "order",
      header: t("pipelines.order"),
      value: (row) => readPipeline(row.document).order,
      align: "right",
      width: 64,
    },
    {
      key: "name",
      header: t("pipelines.name"),
      value: (row) => readPipeline(row.document).name || row.document.id,
      cell: (row) => <NameCell row={row} label={t("pipelines.not_in_force")} />,
      width: 180,
      grow: 2,
    },
    {
      key: "match",
      header: t("pipelines.match"),
      value: (row) => readPipeline(row.document).match,
      cell: (row) => {
        const { match } = readPipeline(row.document);
        return match === "" ? t("pipelines.all_records") : <code title={match}>{match}</code>;
      },
      width: 160,
      grow: 1,
    },
    {
      key: "rules",
      header: t("pipelines.rules"),
      value: (row) => parseRules(readPipeline(row.document).rules)?.length,
      align: "right",
      width: 60,
    },
    { ...counter("matched", format.count), hint: t("pipelines.matched_hint"), width: 112 },
    counter("droppedRecords", format.count),
    counter("droppedBytes", format.bytes),
    counter("redactions", format.count),
    counter("failed", format.count),
    {
      key: "cost",
      header: t("pipelines.cost"),
      hint: t("pipelines.cost_hint"),
      value: (row) => row.counters?.nanosecondsPerRecord,
      cell: (row) => format.durationNs(row.counters?.nanosecondsPerRecord),
      align: "right",
      width: 104,
    },
  ];
}

function NameCell({ row, label }: { row: Row; label: string }) {
  return (
    <span title={row.error}>
      {row.error === undefined ? null : (
        <Badge size="xs" mr={6} variant="light" color="red">
          {label}
        </Badge>
      )}
      {readPipeline(row.document).name || row.document.id}
    </span>
  );
}

function EnabledSwitch({ document }: { document: Document }) {
  const { t } = useTranslation("logs");
  const mayEdit = useMay("editor");
  const notice = useNotice();
  const { name, isEnabled } = readPipeline(document);
  const toggle = useMutation({
    mutationFn: (enabled: boolean) =>
      putDocument(PIPELINE_KIND, document.id, { ...document.body, enabled }, document.revision),
    onError: notice.failed,
    onSettled: documentsChanged,
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the click from opening the row
    <span
      className="log-switch"
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <Switch
        size="sm"
        aria-label={t("pipelines.switch", { name: name || document.id })}
        checked={toggle.isPending ? toggle.variables : isEnabled}
        disabled={!mayEdit}
        onChange={(event) => toggle.mutate(event.currentTarget.checked)}
      />
    </span>
  );
}
