/** What is wrong with the tags and the definition of a service, and how to mend it. */
import { Group, Stack, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { CatalogEntry, Finding } from "../catalog-api";
import { FixList } from "../FixList";
import { fixesOf } from "../hygiene/fixes";
import { EntryLink, LevelBadge } from "../Marks";
import { Card } from "./Card";

export function Findings({ entry: { findings } }: { entry: CatalogEntry }) {
  const { t } = useTranslation("catalog");
  return (
    <Card title={t("findings.title")}>
      {findings.length === 0 ? (
        <Text size="sm">
          <IconCheck size={16} aria-hidden className="catalog-kept" /> {t("findings.none")}
        </Text>
      ) : (
        <ul className="catalog-findings">
          {findings.map((finding) => (
            <li key={finding.rule}>
              <FindingView finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function FindingView({ finding }: { finding: Finding }) {
  const { t } = useTranslation("catalog");
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <LevelBadge level={finding.level} />
        <Text size="sm" fw={600}>
          {t(`rule.${finding.rule}.title`)}
        </Text>
        <Affected finding={finding} />
      </Group>
      <Text size="sm">{t(`rule.${finding.rule}.text`)}</Text>
      {finding.related.length === 0 ? null : (
        <Text size="sm" component="div">
          <Related finding={finding} />
        </Text>
      )}
      <FixList
        fixes={fixesOf(finding)}
        about={`${t(`rule.${finding.rule}.title`)}, ${finding.subject}`}
      />
    </Stack>
  );
}

/** How much of its telemetry a finding is about; nothing for what is only in a definition. */
export function Affected({ finding: { share_percent, rows } }: { finding: Finding }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  return share_percent === null ? null : (
    <Text size="xs" c="dimmed" className="num">
      {t("findings.affected", { share: format.percent(share_percent), rows: format.count(rows) })}
    </Text>
  );
}

/** Names that look alike lead to their pages; environments of a host stay text. */
export function Related({ finding: { rule, related, likeness } }: { finding: Finding }) {
  const { t } = useTranslation("catalog");
  const areServices = rule === "near_duplicate_name";
  return (
    <div className="wrap-anywhere">
      {t(areServices ? "findings.alike" : "findings.related")}{" "}
      {related.map((name, at) => (
        <span key={name}>
          {at === 0 ? "" : ", "}
          {areServices ? <EntryLink name={name} /> : name}
        </span>
      ))}
      {likeness === null ? null : ` (${t(`likeness.${likeness}`)})`}
    </div>
  );
}
