/** How a service is declared: a file beside its code, and one command. */
import { Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { WithCode } from "@/common/WithCode";
import { definitionText } from "../definition/definition-text";

const COMMAND = "hannun apply -f service.datadog.yaml";
const EXAMPLE = definitionText("v2.2", {
  name: "order",
  kind: "service",
  description: "Takes orders and answers where they are",
  team: "commerce",
  tier: "1",
  lifecycle: "production",
  type: "web",
  languages: ["go"],
  contacts: [{ name: "On call", type: "email", contact: "on-call@example.com" }],
  links: [{ name: "Source", type: "repo", provider: "github", url: "https://example.com/order" }],
  tags: [],
});

export function HowToDeclare() {
  const { t } = useTranslation("catalog");
  return (
    <section className="card" aria-label={t("declare.title")}>
      <Stack gap="xs" maw={860}>
        <Title order={2} size="h5">
          {t("declare.title")}
        </Title>
        <Text size="sm">
          <WithCode text={t("declare.text")} />
        </Text>
        <CodeBlock code={EXAMPLE} label={t("declare.example_label")} />
        <CodeBlock code={COMMAND} label={t("declare.command_label")} />
        <Text size="sm" c="dimmed">
          <WithCode text={t("declare.versions")} />
        </Text>
      </Stack>
    </section>
  );
}
