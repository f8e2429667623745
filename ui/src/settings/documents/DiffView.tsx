/** Two texts, line by line: what is only in the first is marked -, only in the second +. */
import { Text } from "@mantine/core";
import { diffLines } from "diff";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import "./diff.css";

interface DiffViewProps {
  before: string;
  after: string;
  label: string;
}

type Line = { mark: "+" | "-" | " "; text: string };

export function linesOf(before: string, after: string): Line[] {
  return diffLines(before, after).flatMap(({ value, added, removed }) => {
    const mark = added ? "+" : removed ? "-" : " ";
    return value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): Line => ({ mark, text }));
  });
}

export function DiffView({ before, after, label }: DiffViewProps) {
  const { t } = useTranslation("settings");
  const lines = useMemo(() => linesOf(before, after), [before, after]);
  if (before === after) {
    return (
      <Text size="sm" c="dimmed">
        {t("documents.no_difference")}
      </Text>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="diff" aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        <div key={index} data-mark={line.mark}>
          <span>{line.mark}</span>
          {line.text}
        </div>
      ))}
    </section>
  );
}
