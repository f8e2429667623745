/** The figures of a service beside those of the period before, its versions and environments. */
import { Badge, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { Change } from "../Change";
import { errorClass, errorPercent } from "../figure-texts";
import { spansQuery } from "../service-links";
import type { ServiceOverview } from "../services-api";

const VERSIONS_SHOWN = 6;

export function ServiceHeader({ overview }: { overview: ServiceOverview }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { figures: now, previous: before } = overview;
  return (
    <section className="card service-header" aria-label={t("header.label")}>
      <dl className="service-figures">
        <Figure name={t("column.requests")} value={format.count(now.requests)}>
          <Change now={now.requests} before={before.requests} />
        </Figure>
        <Figure name={t("column.rate_per_second")} value={format.frequency(now.rate_per_second)} />
        <Figure
          name={t("column.error_percent")}
          value={errorPercent(now.error_percent, format)}
          {...(errorClass(now.error_percent) === undefined ? {} : { isError: true })}
        >
          <Change
            now={now.error_percent}
            before={before.requests === 0 ? null : before.error_percent}
            kind="points"
            isMoreWorse
          />
        </Figure>
        {(["p50_ms", "p95_ms", "p99_ms"] as const).map((key) => (
          <Figure key={key} name={t(`column.${key}`)} value={format.durationMs(now[key])}>
            <Change now={now[key]} before={before[key]} isMoreWorse />
          </Figure>
        ))}
        <Figure name={t("column.max_ms")} value={format.durationMs(now.max_ms)} />
      </dl>
      <Text size="xs" c="dimmed">
        {t(overview.has_entry_spans ? "header.compared" : "header.compared_roots")}
      </Text>
      <Group gap="lg" mt="xs">
        <Versions overview={overview} />
        <Names name={t("header.environments")} values={overview.environments} />
        <Names name={t("header.languages")} values={overview.languages} />
      </Group>
    </section>
  );
}

interface FigureProps {
  name: string;
  value: string;
  isError?: boolean;
  children?: ReactNode;
}

function Figure({ name, value, isError = false, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className={isError ? "service-figure text-error" : "service-figure"}>{value}</span>
        {children}
      </dd>
    </div>
  );
}

function Versions({ overview }: { overview: ServiceOverview }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { versions, service } = overview;
  const rest = versions.length - VERSIONS_SHOWN;
  return (
    <Group gap={6} className="service-names">
      <Text size="xs" c="dimmed" component="span">
        {t("column.versions")}
      </Text>
      {versions.length === 0 ? <Text size="sm">–</Text> : null}
      {versions.slice(0, VERSIONS_SHOWN).map((it) => (
        <Badge
          key={it.version ?? ""}
          component={Link}
          to="/traces"
          search={{ q: spansQuery(service, { version: it.version }) } as never}
          variant="default"
          className="service-badge"
          title={t("header.version_seen", {
            requests: format.count(it.requests),
            from: format.time(it.first_seen_ms),
            to: format.time(it.last_seen_ms),
          })}
        >
          {it.version ?? t("no_version")}
        </Badge>
      ))}
      {rest > 0 ? (
        <Text size="xs" c="dimmed" component="span">
          {t("header.more", { number: format.count(rest) })}
        </Text>
      ) : null}
    </Group>
  );
}

function Names({ name, values }: { name: string; values: readonly string[] }) {
  return values.length === 0 ? null : (
    <Group gap={6} className="service-names">
      <Text size="xs" c="dimmed" component="span">
        {name}
      </Text>
      {values.map((value) => (
        <Badge key={value} variant="default" className="service-badge" title={value}>
          {value}
        </Badge>
      ))}
    </Group>
  );
}
