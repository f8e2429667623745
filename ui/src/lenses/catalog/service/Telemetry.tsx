/** What a service sends, and its figures in the time of the page. */
import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { errorClass, errorPercent } from "@/lenses/services/figure-texts";
import type { CatalogEntry, CatalogService } from "../catalog-api";
import { signalText } from "../signals";
import { Card, Nothing } from "./Card";

export function Telemetry({ entry }: { entry: CatalogEntry }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { service, hosts } = entry;
  const moment = (at: number | null) =>
    at === null ? null : (
      <>
        {format.time(at, "minute")} <span className="catalog-ago">({format.ago(at)})</span>
      </>
    );
  const signals = service.signals.map((it) => signalText(it, t as (key: string) => string));
  const facts: [string, ReactNode][] = [
    [t("column.signals"), signals.join(", ")],
    [t("column.languages"), service.languages.join(", ")],
    [t("column.environments"), service.environments.join(", ")],
    [t("telemetry.versions"), service.versions.join(", ")],
    [t("telemetry.hosts"), hosts.join(", ")],
    [t("telemetry.first_seen"), moment(service.first_seen_ms)],
    [t("column.last_seen"), moment(service.last_seen_ms)],
  ];
  return (
    <Card title={t("telemetry.title")}>
      {service.seen ? <Figures service={service} /> : <Nothing>{t("telemetry.unseen")}</Nothing>}
      <dl className="catalog-facts">
        {facts
          .filter(([, value]) => value !== "" && value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="num wrap-anywhere">{value}</dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}

function Figures({ service: { name, figures } }: { service: CatalogService }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  if (figures === null) {
    return <Nothing>{t("telemetry.no_requests")}</Nothing>;
  }
  const isWrong = errorClass(figures.error_percent) !== undefined;
  const shown = [
    [t("column.rate_per_second"), format.frequency(figures.rate_per_second), false],
    [t("column.error_percent"), errorPercent(figures.error_percent, format), isWrong],
    [t("column.p95_ms"), format.durationMs(figures.p95_ms), false],
  ] as const;
  return (
    <>
      <dl className="catalog-figures">
        {shown.map(([label, value, isError]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className={isError ? "catalog-wrong" : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs">
        <Link to="/services/$service" params={{ service: name }} className="catalog-link">
          {t("telemetry.more")}
        </Link>
      </Text>
    </>
  );
}
