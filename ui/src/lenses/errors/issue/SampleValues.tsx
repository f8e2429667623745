/** Attributes and resource of an example, as text. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ErrorSample } from "../errors-api";

export function SampleValues({ sample }: { sample: ErrorSample }) {
  const { t } = useTranslation("errors");
  return (
    <>
      <Values title={t("issue.attributes")} values={sample.attributes} />
      <Values title={t("issue.resource")} values={sample.resource} />
    </>
  );
}

function Values({ title, values }: { title: string; values: Record<string, unknown> }) {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? null : (
    <section aria-label={title}>
      <Text component="h2" fw={600} size="sm" m={0} mb={4}>
        {title}
      </Text>
      <dl className="error-values">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt className="wrap-anywhere">{name}</dt>
            <dd className="wrap-anywhere">
              {typeof value === "string" ? value : JSON.stringify(value)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
