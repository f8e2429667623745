/** One service beside the list: its figures, and its slow and failed traces. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconListTree, IconLogs, IconTerminal2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { Loading } from "@/common/Loading";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { fieldTerm } from "@/common/search-bar/query-edits";
import { useFormat } from "@/design/use-format";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { Sparkline } from "./Sparkline";
import { sqlOfService } from "./sql";

type Row = Schemas["ServiceRow"];
const TRACES_SHOWN = 5;

interface ServicePanelProps {
  row: Row | undefined;
  service: string | undefined;
  onClose: () => void;
}

export function ServicePanel({ row, service, onClose }: ServicePanelProps) {
  const { t } = useTranslation("services");
  return (
    <SidePanel
      opened={service !== undefined}
      title={<span className="wrap-anywhere">{service ?? ""}</span>}
      onClose={onClose}
    >
      {service === undefined ? null : (
        <Stack>
          {row === undefined ? <Text>{t("panel.gone")}</Text> : <Figures row={row} />}
          <Group gap="xs">
            <Button
              component={Link}
              to="/traces"
              search={{ service } as never}
              variant="default"
              leftSection={<IconListTree size={16} aria-hidden />}
            >
              {t("panel.all_traces")}
            </Button>
            <Button
              component={Link}
              to="/logs"
              search={{ q: fieldTerm("service", [service]) } as never}
              variant="default"
              leftSection={<IconLogs size={16} aria-hidden />}
            >
              {t("panel.logs")}
            </Button>
            <Button
              component={Link}
              to="/query"
              search={{ q: sqlOfService(service) } as never}
              variant="default"
              leftSection={<IconTerminal2 size={16} aria-hidden />}
            >
              {t("panel.query")}
            </Button>
          </Group>
          {typeof row?.p95_ms !== "number" ? null : (
            <LatestTraces
              title={t("panel.slow", { quantile: "p95" })}
              service={service}
              minDurationMs={row.p95_ms}
            />
          )}
          <LatestTraces title={t("panel.failed")} service={service} errorsOnly />
        </Stack>
      )}
    </SidePanel>
  );
}

function Figures({ row }: { row: Row }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const figures: [string, string][] = [
    [t("column.requests"), format.count(row.requests)],
    [t("column.rate_per_second"), format.rate(row.rate_per_second)],
    [t("panel.errors"), `${format.count(row.errors)} (${format.percent(row.error_percent)})`],
    [t("column.p50_ms"), format.durationMs(row.p50_ms)],
    [t("column.p95_ms"), format.durationMs(row.p95_ms)],
    [t("column.p99_ms"), format.durationMs(row.p99_ms)],
    [t("column.last_seen"), format.time(row.last_seen_ms)],
    [t("column.versions"), row.versions.join(", ") || "–"],
    [t("panel.environments"), row.environments.join(", ") || "–"],
  ];
  return (
    <Stack gap="sm">
      <Sparkline
        requests={row.requests_series}
        errors={row.errors_series}
        label={t("trend_label", {
          requests: format.count(row.requests),
          errors: format.count(row.errors),
        })}
      />
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Stack>
  );
}

interface LatestTracesProps {
  title: string;
  service: string;
  minDurationMs?: number;
  errorsOnly?: boolean;
}

function LatestTraces({ title, service, minDurationMs, errorsOnly = false }: LatestTracesProps) {
  const { t } = useTranslation("services");
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const query = useQuery({
    queryKey: [
      "traces",
      "of-service",
      fromMs,
      toMs,
      environment,
      service,
      minDurationMs,
      errorsOnly,
    ],
    queryFn: ({ signal }) => {
      const asked = {
        from_ms: fromMs,
        to_ms: toMs,
        service,
        limit: TRACES_SHOWN,
        ...(environment === undefined ? {} : { environment }),
        ...(minDurationMs === undefined ? {} : { min_duration_ms: minDurationMs }),
        ...(errorsOnly ? { errors_only: true } : {}),
      };
      return answer(api.GET("/api/v1/traces", { params: { query: asked }, signal }));
    },
  });
  return (
    <section>
      <Title order={2} size="h5" mb={4}>
        {title}
      </Title>
      <QueryBoundary
        query={query}
        loading={<Loading rows={3} height={24} />}
        isEmpty={(data) => data.traces.length === 0}
        empty={
          <Text size="sm" c="dimmed">
            {t("panel.none")}
          </Text>
        }
      >
        {(data) => (
          <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: "none" }}>
            {data.traces.map((trace) => (
              <TraceItem key={trace.trace_id} trace={trace} />
            ))}
          </Stack>
        )}
      </QueryBoundary>
    </section>
  );
}

function TraceItem({ trace }: { trace: Schemas["TraceSummary"] }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  return (
    <Group component="li" gap="sm" wrap="nowrap" justify="space-between">
      <Link
        to="/traces/$traceId"
        params={{ traceId: trace.trace_id }}
        className="service-trace-link wrap-anywhere"
      >
        {trace.root_name ?? t("panel.no_root")}
      </Link>
      <Text size="sm" c="dimmed" className="num" style={{ flex: "none" }}>
        {`${format.durationMs(trace.duration_ms)} · ${format.ago(trace.start_ms)}`}
      </Text>
    </Group>
  );
}
