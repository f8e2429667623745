/** Findings grouped by rule, and as lines of a file. */
import type { CatalogRuleResult, Finding, Hygiene } from "../catalog-api";
import { RULES, type Rule } from "../catalog-search";
import { type Fix, fixesOf } from "./fixes";

export interface RuleGroup {
  rule: Rule;
  counts: CatalogRuleResult;
  findings: Finding[];
}

/** Rules with findings in their order, those that most telemetry breaks first within each. */
export function ruleGroups({ rules, findings }: Pick<Hygiene, "rules" | "findings">): RuleGroup[] {
  return RULES.flatMap((rule) => {
    const counts = rules.find((it) => it.rule === rule);
    const of = findings.filter((it) => it.rule === rule).sort(byWeight);
    return counts === undefined || of.length === 0 ? [] : [{ rule, counts, findings: of }];
  });
}

/** Rules that everything which was checked follows. */
export function rulesKept({ rules }: Pick<Hygiene, "rules">): CatalogRuleResult[] {
  return RULES.flatMap((rule) => rules.filter((it) => it.rule === rule && it.findings === 0));
}

function byWeight(a: Finding, b: Finding): number {
  const level = Number(b.level === "must") - Number(a.level === "must");
  const share = (b.share_percent ?? 0) - (a.share_percent ?? 0);
  return level || share || b.rows - a.rows || a.subject.localeCompare(b.subject);
}

/** A name that stands for that of any service. */
const ANY_SERVICE = "my-service";

/** What fixes the findings of a group, whatever service they are about. */
export function fixesOfGroup({ findings }: Pick<RuleGroup, "findings">): Fix[] {
  const all = findings.flatMap((it) => fixesOf({ ...it, subject: ANY_SERVICE, related: [] }));
  return [...new Map(all.map((fix) => [`${fix.place} ${fix.setting}`, fix])).values()];
}

/** The columns of the file, in this order; texts are those under `csv.`. */
export const CSV_COLUMNS = [
  "rule",
  "level",
  "subject_kind",
  "subject",
  "team",
  "share_percent",
  "rows",
  "last_seen",
  "where_to_fix",
  "setting",
  "related",
] as const;

interface Words {
  rule: (rule: Rule) => string;
  level: (level: Finding["level"]) => string;
  kind: (kind: Finding["subject_kind"]) => string;
  place: (place: Fix["place"]) => string;
}

/** One line a finding; times in UTC, so that a spreadsheet sorts them. */
export function csvLines(groups: readonly RuleGroup[], words: Words): unknown[][] {
  return groups.flatMap(({ rule, findings }) =>
    findings.map((it) => {
      const [fix] = fixesOf(it);
      return [
        words.rule(rule),
        words.level(it.level),
        words.kind(it.subject_kind),
        it.subject,
        it.team,
        it.share_percent,
        it.rows,
        it.last_seen_ms === null ? null : new Date(it.last_seen_ms).toISOString(),
        fix === undefined ? null : words.place(fix.place),
        fix?.setting,
        it.related.join(" "),
      ];
    }),
  );
}
