/** The result in a few sentences, to be read first and to be copied into a chat. */
import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/common/CopyButton";

export function Headline({ sentences }: { sentences: readonly string[] }) {
  const { t } = useTranslation("dependencies");
  const [first = "", ...rest] = sentences;
  return (
    <section className="card evidence-headline" aria-label={t("evidence.summary")}>
      <Group wrap="nowrap" align="flex-start" justify="space-between" gap="sm">
        <div>
          <Text component="p" fw={600} m={0} className="evidence-headline-first evidence-text">
            {first}
          </Text>
          {rest.map((sentence) => (
            <Text component="p" key={sentence} m={0} mt={4} className="evidence-text">
              {sentence}
            </Text>
          ))}
        </div>
        <span className="screen-only">
          <CopyButton text={sentences.join(" ")} label={t("evidence.copy_summary")} />
        </span>
      </Group>
    </section>
  );
}
