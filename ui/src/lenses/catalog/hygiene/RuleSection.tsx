/** The findings of one rule: a plain table, so that paper shows the same as the screen. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { Finding } from "../catalog-api";
import { FixList } from "../FixList";
import { EntryLink, LevelBadge } from "../Marks";
import { Related } from "../service/Findings";
import { fixesOf } from "./fixes";
import { fixesOfGroup, type RuleGroup } from "./hygiene-model";

/** Findings of a rule on one page, those with most telemetry; the file has all. */
const ROWS_SHOWN_MAX = 200;

interface RuleSectionProps {
  group: RuleGroup;
  /** Rules are counted over all teams. */
  isOfOneTeam: boolean;
}

export function RuleSection({ group, isOfOneTeam }: RuleSectionProps) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { rule, counts, findings } = group;
  const title = t(`rule.${rule}.title`);
  const rest = findings.length - ROWS_SHOWN_MAX;
  return (
    <section aria-labelledby={`rule-${rule}`}>
      <Stack gap="xs">
        <Group gap="xs">
          <Title order={2} size="h5" id={`rule-${rule}`}>
            {title}
          </Title>
          {findings[0] === undefined ? null : <LevelBadge level={findings[0].level} />}
          <Text size="sm" c="dimmed" className="num">
            {isOfOneTeam
              ? t("hygiene.of_team", { number: format.count(findings.length) })
              : t("hygiene.broken", {
                  findings: format.count(counts.findings),
                  checked: format.count(counts.subjects_checked),
                })}
          </Text>
        </Group>
        <Text size="sm" maw={860}>
          {t(`rule.${rule}.text`)}
        </Text>
        <FindingTable
          label={t("hygiene.table_label", { rule: title })}
          findings={findings.slice(0, ROWS_SHOWN_MAX)}
        />
        {rest > 0 ? (
          <Text size="sm" c="dimmed">
            {t("hygiene.rest", { number: format.count(rest) })}
          </Text>
        ) : null}
        <FixList fixes={fixesOfGroup(group)} about={title} />
      </Stack>
    </section>
  );
}

function FindingTable({ label, findings }: { label: string; findings: readonly Finding[] }) {
  const { t } = useTranslation("catalog");
  // Rules about definitions are not about a share of telemetry.
  const hasShare = findings.some((it) => it.share_percent !== null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="catalog-paper" tabIndex={0} role="region" aria-label={label}>
      <table className="paper-table catalog-findings-table">
        <thead>
          <tr>
            <th scope="col">{t(`subject_kind.${findings[0]?.subject_kind ?? "service"}`)}</th>
            <th scope="col">{t("hygiene.team")}</th>
            {hasShare ? (
              <>
                <th scope="col" data-align="right">
                  {t("csv.share_percent")}
                </th>
                <th scope="col" data-align="right">
                  {t("csv.rows")}
                </th>
              </>
            ) : null}
            <th scope="col">{t("csv.last_seen")}</th>
            <th scope="col">{t("csv.where_to_fix")}</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <FindingRow
              key={`${finding.subject_kind} ${finding.subject} ${finding.where_to_fix}`}
              finding={finding}
              hasShare={hasShare}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FindingRow({ finding, hasShare }: { finding: Finding; hasShare: boolean }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const { subject, team, share_percent, rows, last_seen_ms, related } = finding;
  const [fix] = fixesOf(finding);
  return (
    <tr>
      <td>
        {finding.subject_kind === "service" ? <EntryLink name={subject} /> : subject}
        {related.length === 0 ? null : <Related finding={finding} />}
      </td>
      <td>{team ?? <span className="catalog-missing">{t("hygiene.nobody")}</span>}</td>
      {hasShare ? (
        <>
          <td data-align="right">{format.percent(share_percent)}</td>
          <td data-align="right">{format.count(rows)}</td>
        </>
      ) : null}
      <td className="num">{last_seen_ms === null ? "–" : format.time(last_seen_ms, "minute")}</td>
      <td>
        {fix === undefined ? (
          "–"
        ) : (
          <>
            {t(`place_short.${fix.place}`)}: <code>{fix.setting}</code>
          </>
        )}
      </td>
    </tr>
  );
}
