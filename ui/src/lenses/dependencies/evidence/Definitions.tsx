/** What was counted and how, so that the other side can check it. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { Evidence } from "../dependencies-api";
import { timeWithZone } from "./headline";
import { limitText } from "./seconds";

interface DefinitionsProps {
  evidence: Evidence;
  environment: string | undefined;
}

export function Definitions({ evidence, environment }: DefinitionsProps) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const { from_ms, to_ms, name, attributes } = evidence;
  const limit = limitText(evidence.threshold_ms, format.settings.language);
  const entries = [
    [t("define.call"), t("define.call_text", { name })],
    [t("define.duration"), t("define.duration_text", { limit })],
    [t("define.success"), t("define.success_text")],
    [t("define.timeout"), t("define.timeout_text")],
    [t("define.percentiles"), t("define.percentiles_text")],
    ...(attributes.length === 0
      ? []
      : [[t("define.ids"), t("define.ids_text", { keys: attributes.join(", ") })]]),
    [
      t("define.range"),
      t("define.range_text", {
        from: timeWithZone(from_ms, format, "second"),
        to: timeWithZone(to_ms, format, "second"),
        zone: format.settings.timeZone,
        environment: environment ?? t("facts.environment_all"),
      }),
    ],
    [t("define.store"), t("define.store_text", { origin: window.location.origin })],
  ] as const;
  return (
    <section className="card evidence-definitions" aria-label={t("define.title")}>
      <Text component="h2" fw={600} size="sm" m={0} mb="xs">
        {t("define.title")}
      </Text>
      <dl>
        {entries.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd className="evidence-text">{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
