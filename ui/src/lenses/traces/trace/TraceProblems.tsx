/** What is wrong with the spans of a trace, and how many of them were left out. */
import { Alert, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { TraceFacts } from "./load-trace";
import { SPAN_PROBLEMS } from "./tree";

export function TraceProblems({ facts, shown }: { facts: TraceFacts; shown: number }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const found = SPAN_PROBLEMS.filter((it) => facts.problems[it] > 0);
  const { skewed } = facts.problems;
  return (
    <>
      {facts.truncated ? (
        <Alert variant="light" color="yellow" p="xs">
          {t("trace.truncated", {
            number: format.count(shown),
            total: format.count(facts.total_spans),
          })}
        </Alert>
      ) : null}
      {found.length === 0 && skewed === 0 ? null : (
        <Alert variant="light" color="yellow" p="xs" title={t("problem.title")}>
          <List size="sm" listStyleType="none">
            {found.map((it) => (
              <List.Item key={it}>
                <b>{t(`problem.${it}.count`, { number: format.count(facts.problems[it]) })}</b>{" "}
                <Text span size="sm" visibleFrom="sm">
                  {t(`problem.${it}.text`)}
                </Text>
              </List.Item>
            ))}
            {skewed === 0 ? null : (
              <List.Item>
                <b>{t("problem.skewed.count", { number: format.count(skewed) })}</b>{" "}
                <Text span size="sm" visibleFrom="sm">
                  {t("problem.skewed.text")}
                </Text>
              </List.Item>
            )}
          </List>
        </Alert>
      )}
    </>
  );
}
