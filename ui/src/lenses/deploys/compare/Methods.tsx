/** Which tests were made and why, and what it takes for a verdict. */
import { List, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { Comparison } from "../deploys-api";

export function Methods({ methods }: { methods: Comparison["methods"] }) {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  return (
    <section className="card">
      <Title order={2} size="h6">
        {t("methods.title")}
      </Title>
      <List size="sm" mt={4}>
        <List.Item>{t("methods.latency")}</List.Item>
        <List.Item>{t("methods.tail")}</List.Item>
        <List.Item>{t("methods.errors")}</List.Item>
        <List.Item>{t("methods.correction", { level: format.number(methods.level) })}</List.Item>
        <List.Item>
          {t("methods.relevant", {
            ratio: format.number(methods.latency_ratio_min),
            difference: format.durationMs(methods.latency_difference_ms_min),
            points: format.number(methods.error_points_min),
          })}
        </List.Item>
        <List.Item>{t("methods.sample")}</List.Item>
        <List.Item>
          {t("methods.small", { requests: format.count(methods.requests_min) })}
        </List.Item>
      </List>
    </section>
  );
}
