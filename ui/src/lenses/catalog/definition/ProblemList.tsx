/** What is wrong with a definition, each with a way to its line. */
import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import type { CatalogProblem } from "../catalog-api";
import type { Checking } from "./DefinitionEditor";

interface ProblemListProps {
  checking: Checking;
  onLine: (line: number) => void;
}

export function ProblemList({ checking, onLine }: ProblemListProps) {
  const { check, verdict, error } = checking;
  const problems = check?.problems ?? [];
  return (
    <div aria-live="polite" className="catalog-problems">
      {error === null ? null : <ErrorBox error={error} />}
      {problems.length === 0 ? null : (
        <ul>
          {problems.map((problem, at) => (
            <li key={at}>
              <Problem problem={problem} onLine={onLine} />
            </li>
          ))}
        </ul>
      )}
      <Outcome verdict={verdict} />
    </div>
  );
}

function Problem({ problem, onLine }: { problem: CatalogProblem; onLine: (line: number) => void }) {
  const { t } = useTranslation("catalog");
  const { line, path, message } = problem;
  return (
    <>
      {line === null ? null : (
        <Anchor component="button" type="button" size="sm" onClick={() => onLine(line)}>
          {t("definition.line", { line })}
        </Anchor>
      )}{" "}
      {path === null || path === "" ? null : <code className="wrap-anywhere">{path}</code>}{" "}
      <span className="wrap-anywhere">{message}</span>
    </>
  );
}

/** Why the text cannot be saved, when no problem says it. */
function Outcome({ verdict }: Pick<Checking, "verdict">) {
  const { t } = useTranslation("catalog");
  if ("checked" in verdict) {
    return (
      <Text size="sm" c="dimmed">
        {t("definition.valid", { version: verdict.checked.schema_version })}
      </Text>
    );
  }
  switch (verdict.problem) {
    case "unchecked":
      return (
        <Text size="sm" c="dimmed">
          {t("definition.checking")}
        </Text>
      );
    case "faults":
      return null;
    case "nothing":
    case "several":
      return (
        <Text size="sm" c="red">
          {t(`definition.${verdict.problem}`)}
        </Text>
      );
    case "other_name":
      return (
        <Text size="sm" c="red" className="wrap-anywhere">
          {t("definition.other_name", { name: verdict.name })}
        </Text>
      );
  }
}
