/** Everything known about one span. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconLogs } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/common/CopyButton";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { traceCostQuery } from "@/lenses/cost/marks/marks-api";
import { useMoney } from "@/lenses/cost/marks/use-money";
import type { SpanDetail } from "../traces-api";
import type { LoadedTrace } from "./load-trace";
import { logsSearch } from "./log-links";
import { ProbeHere } from "./ProbeHere";
import { SpanTabs } from "./SpanTabs";
import { startNsText } from "./start-ns";
import { spanQuery } from "./trace-query";
import { nameOf, recordedNs, rowOf, type TreeRow } from "./tree";

interface SpanPanelProps {
  loaded: LoadedTrace;
  row: number | undefined;
  colors: ReadonlyMap<string, string>;
  onOpen: (row: number | undefined, replace?: boolean) => void;
}

/** Names in the tree are cut here. */
const NAME_LENGTH = 200;
const TITLE_LENGTH = 80;

/** A name that was cut is told as a whole under the title. */
function titleOf(name: string): string {
  return name.length < NAME_LENGTH ? name : `${name.slice(0, TITLE_LENGTH)}…`;
}

export function SpanPanel({ loaded, row: index, colors, onOpen }: SpanPanelProps) {
  const row = index === undefined ? undefined : rowOf(loaded.tree, index);
  return (
    <SidePanel
      opened={row !== undefined}
      onClose={() => onOpen(undefined)}
      title={
        <span className="span-title">
          <i style={{ background: colors.get(row?.service ?? "") }} aria-hidden="true" />
          <span className="wrap-anywhere">{titleOf(row?.name ?? "")}</span>
        </span>
      }
    >
      {row === undefined ? null : (
        <SpanDetails key={row.index} loaded={loaded} row={row} onOpen={onOpen} />
      )}
    </SidePanel>
  );
}

interface DetailsProps {
  loaded: LoadedTrace;
  row: TreeRow;
  onOpen: SpanPanelProps["onOpen"];
}

/** What came with the trace, or is asked for because the trace is too large or the name too long. */
function useDetail({ facts, tree, details }: LoadedTrace, row: TreeRow) {
  const known = details[row.index];
  const isCut = row.name.length >= NAME_LENGTH;
  const startNs = startNsText(facts.start_ns, recordedNs(tree, row.index));
  const query = useQuery({
    ...spanQuery(facts.trace_id, row.spanId, startNs),
    enabled: known === undefined || isCut,
  });
  const parsed = useMemo(
    () => (known === undefined ? undefined : (JSON.parse(known) as SpanDetail)),
    [known],
  );
  return { detail: parsed ?? query.data?.detail, name: query.data?.name ?? row.name, query };
}

function SpanDetails(props: DetailsProps) {
  const { t } = useTranslation("traces");
  const { loaded, row } = props;
  const { detail, name, query } = useDetail(loaded, row);
  return (
    <Stack gap="sm">
      {name.length > NAME_LENGTH ? (
        <Text size="sm" className="wrap-anywhere span-name">
          {name}
        </Text>
      ) : null}
      <SpanFigures {...props} scope={detail?.scope ?? ""} />
      {row.isError ? (
        <Alert color="red" variant="light" p="xs" title={t("panel.failed")}>
          {detail?.status_message ? (
            <Text size="sm" className="wrap-anywhere">
              {detail.status_message}
            </Text>
          ) : null}
        </Alert>
      ) : null}
      <Warnings {...props} parentId={detail?.parent_span_id ?? ""} />
      <LogLinks loaded={loaded} spanId={row.spanId} />
      {detail === undefined ? null : <ProbeHere detail={detail} service={row.service} />}
      {detail !== undefined ? (
        <SpanTabs loaded={loaded} row={row} detail={detail} />
      ) : query.error === null ? (
        <Loading rows={6} height={24} />
      ) : (
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Stack>
  );
}

/** What is wrong with the span, and what the page did about it. */
function Warnings({ loaded, row, parentId }: DetailsProps & { parentId: string }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const signed = (ns: number) => `${ns < 0 ? "−" : "+"}${format.durationNs(Math.abs(ns))}`;
  return (
    <>
      {row.problem === null ? null : (
        <Alert color="yellow" variant="light" p="xs" title={t(`problem.${row.problem}.name`)}>
          <Text size="sm">{t(`problem.${row.problem}.text`)}</Text>
          {row.problem === "missing_parent" && parentId !== "" ? (
            <Text size="sm">
              {t("problem.parent_id")} <code className="wrap-anywhere">{parentId}</code>
            </Text>
          ) : null}
        </Alert>
      )}
      {row.skewNs === 0 ? null : (
        <Alert color="yellow" variant="light" p="xs" title={t("panel.skew_title")}>
          <Text size="sm">
            {t("panel.skew", {
              recorded: signed(recordedNs(loaded.tree, row.index)),
              shown: signed(row.startNs),
              shift: signed(row.skewNs),
            })}
          </Text>
        </Alert>
      )}
    </>
  );
}

function LogLinks({ loaded, spanId }: { loaded: LoadedTrace; spanId: string }) {
  const { t } = useTranslation("traces");
  const links = [
    { text: t("panel.search_logs"), search: logsSearch(loaded.facts, spanId) },
    { text: t("trace.search_logs"), search: logsSearch(loaded.facts) },
  ];
  return (
    <Group gap="xs">
      {links.map(({ text, search }) => (
        <Button
          key={text}
          component={Link}
          to="/logs"
          search={search as never}
          variant="default"
          leftSection={<IconLogs size={16} aria-hidden />}
        >
          {text}
        </Button>
      ))}
    </Group>
  );
}

/** What the span costs by itself and with all below; nothing where no bill of that hour is known. */
function useSpanCost(traceId: string, spanId: string): [string, string][] {
  const { t } = useTranslation("traces");
  const { data } = useQuery(traceCostQuery(traceId));
  const money = useMoney(data?.currency ?? "");
  const cost = data?.spans.find((it) => it.span_id === spanId);
  return cost === undefined
    ? []
    : [
        [t("panel.cost"), money.text(cost.direct)],
        [t("panel.cost_inclusive"), money.text(cost.inclusive)],
      ];
}

function SpanFigures({ loaded, row, scope, onOpen }: DetailsProps & { scope: string }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const figures: [string, string][] = [
    [t("panel.service"), row.service],
    [t("panel.kind"), t(`kind.${row.kind}`)],
    [t("panel.start"), `+${format.durationNs(row.startNs)}`],
    [t("panel.duration"), format.durationNs(row.endNs - row.startNs)],
    [t("panel.self"), format.durationNs(row.selfNs)],
    [t("panel.children"), format.count(row.childCount)],
    [t("panel.scope"), scope || "–"],
  ];
  const cost = useSpanCost(loaded.facts.trace_id, row.spanId);
  return (
    <dl className="trace-figures">
      {[...figures, ...cost].map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{t("panel.span_id")}</dt>
        <dd>
          <Group gap={2} wrap="nowrap">
            <code>{row.spanId}</code>
            <CopyButton text={row.spanId} label={t("panel.copy_span_id")} />
          </Group>
        </dd>
      </div>
      {row.parent < 0 ? null : (
        <div>
          <dt>{t("panel.parent")}</dt>
          <dd>
            <Button
              variant="subtle"
              size="compact-sm"
              className="parent-button"
              onClick={() => onOpen(row.parent, true)}
            >
              {nameOf(loaded.tree, row.parent)}
            </Button>
          </dd>
        </div>
      )}
    </dl>
  );
}
