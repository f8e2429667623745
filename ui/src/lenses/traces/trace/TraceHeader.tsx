/** What a trace is at one glance: figures, and which service the time went to. */
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLink, IconLogs } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/common/CopyButton";
import { useFormat } from "@/design/use-format";
import { traceCostQuery } from "@/lenses/cost/marks/marks-api";
import { useMoney } from "@/lenses/cost/marks/use-money";
import type { TraceFacts } from "./load-trace";
import { logsSearch } from "./log-links";
import type { ServiceShare } from "./summary";

interface TraceHeaderProps {
  facts: TraceFacts;
  shares: readonly ServiceShare[];
  colors: ReadonlyMap<string, string>;
}

const SHARES_NAMED = 8;
/** The rest would be thinner than a pixel. */
const SHARES_DRAWN_MAX = 60;

export function TraceHeader({ facts, shares, colors }: TraceHeaderProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const errors = shares.reduce((sum, share) => sum + share.errors, 0);
  const figures: [string, string, boolean][] = [
    [t("trace.start"), format.time(facts.start_ms, "millisecond"), false],
    [t("trace.duration"), format.durationNs(facts.duration_ns), false],
    [t("trace.spans"), format.count(facts.total_spans), false],
    [t("trace.services"), format.count(shares.length), false],
    [t("trace.errors"), format.count(errors), errors > 0],
  ];
  return (
    <div className="card trace-header">
      <div className="trace-header-top">
        <dl className="trace-figures">
          {figures.map(([name, value, isError]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd data-error={isError}>{value}</dd>
            </div>
          ))}
          <TraceCost traceId={facts.trace_id} />
          <div>
            <dt>{t("trace.id")}</dt>
            <dd>
              <Group gap={4} wrap="nowrap">
                <code className="trace-id">{facts.trace_id}</code>
                <CopyButton text={facts.trace_id} label={t("trace.copy_id")} />
                <CopyLink />
              </Group>
            </dd>
          </div>
        </dl>
        <Button
          component={Link}
          to="/logs"
          search={logsSearch(facts) as never}
          variant="default"
          size="xs"
          leftSection={<IconLogs size={16} aria-hidden />}
        >
          {t("trace.search_logs")}
        </Button>
      </div>
      <ShareBar shares={shares} colors={colors} />
    </div>
  );
}

/** Says nothing where no bill of that hour is known. */
function TraceCost({ traceId }: { traceId: string }) {
  const { t } = useTranslation("traces");
  const { data } = useQuery(traceCostQuery(traceId));
  const money = useMoney(data?.currency ?? "");
  if (data === undefined || data.spans.length === 0) {
    return null;
  }
  return (
    <div title={t("trace.cost_hint", { range: money.range(data.low, data.high) })}>
      <dt>{t("trace.cost")}</dt>
      <dd>{money.text(data.total)}</dd>
    </div>
  );
}

function CopyLink() {
  const { t } = useTranslation("traces");
  const clipboard = useClipboard({ timeout: 2000 });
  const name = t(clipboard.copied ? "trace.link_copied" : "trace.copy_link");
  return (
    <Tooltip label={name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={name}
        onClick={() => clipboard.copy(window.location.href)}
      >
        {clipboard.copied ? <IconCheck size={16} /> : <IconLink size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

function ShareBar({ shares, colors }: Pick<TraceHeaderProps, "shares" | "colors">) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const named = shares.slice(0, SHARES_NAMED);
  return (
    <div>
      <div className="share-bar" aria-hidden="true">
        {shares.slice(0, SHARES_DRAWN_MAX).map((share) => (
          <span
            key={share.service}
            style={{ width: `${share.percent}%`, background: colors.get(share.service) }}
          />
        ))}
      </div>
      <ul className="share-list" aria-label={t("trace.share_label")}>
        {named.map((share) => (
          <li key={share.service} title={share.service}>
            <i style={{ background: colors.get(share.service) }} aria-hidden="true" />
            <span className="share-name">{share.service}</span>
            <span className="num">
              {`${format.percent(share.percent)} · ${format.durationNs(share.selfNs)}`}
            </span>
            {share.errors > 0 ? (
              <span className="share-errors">
                {t("trace.share_errors", { count: share.errors })}
              </span>
            ) : null}
          </li>
        ))}
        {shares.length > named.length ? (
          <li>
            <Text size="xs" c="dimmed">
              {t("trace.more_services", { count: shares.length - named.length })}
            </Text>
          </li>
        ) : null}
      </ul>
    </div>
  );
}
