/** Every rule with how many follow it; a rule opens its findings alone. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { CatalogRuleResult } from "../catalog-api";
import { RULES } from "../catalog-search";

export function RuleSummary({ rules }: { rules: readonly CatalogRuleResult[] }) {
  const { t } = useTranslation("catalog");
  const inOrder = RULES.flatMap((rule) => rules.filter((it) => it.rule === rule));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="catalog-paper" tabIndex={0} role="region" aria-label={t("summary.title")}>
      <table className="paper-table catalog-summary">
        <thead>
          <tr>
            <th scope="col">{t("summary.rule")}</th>
            <th scope="col" data-align="right">
              {t("summary.findings")}
            </th>
            <th scope="col" data-align="right">
              {t("summary.checked")}
            </th>
            <th scope="col" data-align="right">
              {t("summary.passed")}
            </th>
          </tr>
        </thead>
        <tbody>
          {inOrder.map((rule) => (
            <RuleRow key={rule.rule} rule={rule} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RuleRow({ rule }: { rule: CatalogRuleResult }) {
  const { t } = useTranslation("catalog");
  const format = useFormat();
  const title = t(`rule.${rule.rule}.title`);
  // A rule that was asked of none is not one that all follow.
  const hasSubjects = rule.subjects_checked > 0;
  return (
    <tr>
      <td>
        {rule.findings === 0 ? (
          title
        ) : (
          <Link
            to="."
            search={(before: object) => ({ ...before, rule: rule.rule }) as never}
            className="catalog-link"
            resetScroll={false}
          >
            {title}
          </Link>
        )}
      </td>
      <td data-align="right" className={rule.findings > 0 ? "catalog-wrong" : undefined}>
        {format.count(rule.findings)}
      </td>
      <td data-align="right">{format.count(rule.subjects_checked)}</td>
      <td data-align="right">
        <span className="catalog-passed">
          {hasSubjects ? (
            <span className="catalog-passed-track" aria-hidden>
              <span style={{ width: `${rule.passed_percent}%` }} />
            </span>
          ) : null}
          <span className="catalog-passed-share">
            {hasSubjects ? format.percent(rule.passed_percent) : "–"}
          </span>
        </span>
      </td>
    </tr>
  );
}
