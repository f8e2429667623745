/** Where the service runs: attributes of its resources, and how many spans name each value. */
import { SimpleGrid, Text, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { useFormat } from "@/design/use-format";
import { attributeQuery } from "../service-links";
import { type InfrastructureAttribute, type ServiceOverview, useAsked } from "../services-api";

/** Share of the time that is left out before it is worth saying. */
const PART_MIN = 0.1;

export function InfrastructureTab({ overview }: { overview: ServiceOverview }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { fromMs, toMs } = useAsked();
  const { service, infrastructure, infrastructure_from_ms } = overview;
  const sinceMs = infrastructure_from_ms ?? fromMs;
  const isPart = sinceMs - fromMs > PART_MIN * (toMs - fromMs);
  return infrastructure.length === 0 ? (
    <EmptyState title={t("infrastructure.empty")} text={t("infrastructure.empty_text")} />
  ) : (
    <>
      {isPart ? (
        <Text size="xs" c="dimmed">
          {t("infrastructure.since", { time: format.time(sinceMs, "minute") })}
        </Text>
      ) : null}
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
        {infrastructure.map((it) => (
          <AttributeCard key={it.key} service={service} attribute={it} />
        ))}
      </SimpleGrid>
    </>
  );
}

function AttributeCard({
  service,
  attribute,
}: {
  service: string;
  attribute: InfrastructureAttribute;
}) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { key, values, more } = attribute;
  return (
    <section className="card">
      <Title order={2} size="h6" mb="xs" className="wrap-anywhere">
        <code>{key}</code>
      </Title>
      <table className="infrastructure">
        <thead>
          <tr>
            <th scope="col">{t("infrastructure.value")}</th>
            <th scope="col">{t("infrastructure.spans")}</th>
            <th scope="col">{t("infrastructure.search")}</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ value, spans }) => {
            const search = { q: attributeQuery(service, key, value) } as never;
            return (
              <tr key={value}>
                <th scope="row" className="wrap-anywhere">
                  {value}
                </th>
                <td className="num">{format.count(spans)}</td>
                <td>
                  <Link to="/traces" search={search} className="service-link">
                    {t("link.traces")}
                    <VisuallyHidden>{` ${key}: ${value}`}</VisuallyHidden>
                  </Link>{" "}
                  <Link to="/logs" search={search} className="service-link">
                    {t("link.logs")}
                    <VisuallyHidden>{` ${key}: ${value}`}</VisuallyHidden>
                  </Link>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {more ? (
        <Text size="xs" c="dimmed">
          {t("infrastructure.more")}
        </Text>
      ) : null}
    </section>
  );
}
